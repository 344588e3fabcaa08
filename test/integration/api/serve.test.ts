import { expect, it } from 'vitest';
import type { Job } from '../../../services/api/schemas/job.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import { Service } from '../../helpers/fleet/service.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const json = { 'content-type': 'application/json' };

async function serve(folder: string) {
  const service = new Service('serve', {
    API_PORT: '0',
    ACTOR_SLOTS: '1',
    LEARNER_THREADS: '1',
    CHECKPOINT_DIR: folder,
    API_KEYS_FILE: `${folder}/keys`,
  });
  const url = (await service.logged('the API is served')).url as string;
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const sent = body === undefined ? { headers } : { headers: { ...json, ...headers }, body: JSON.stringify(body) };
    const answer = await fetch(`${url}${path}`, { method, ...sent });
    expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
    return (await answer.json()) as Job;
  };
  const until = async (id: string, there: (job: Job) => boolean): Promise<Job> => {
    for (;;) {
      const job = await ask('GET', `/v1/jobs/${id}`);
      if (there(job)) return job;
      if (job.state === 'failed') throw new Error(JSON.stringify(job.failure));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  return { service, ask, until };
}

const ended = ({ state }: Job): boolean => state === 'succeeded';

it('trains, forks and ends jobs in one process, to the bits that training alone gives', async () => {
  const { service, ask, until } = await serve(temporaryFolder());
  const { id } = await ask('POST', '/v1/jobs', { spec: fleetJob(20) });
  const job = await until(id, ended);
  expect(job.progress).toMatchObject({ iteration: 20, stopReason: 'iterations', checkpoint: { iteration: 20 } });
  expect(job.progress.digest).toBe(await embeddedDigest(fleetJob(20)));

  const forked = await ask('POST', `/v1/jobs/${id}/fork`, { iteration: 10, spec: { stop: { iterations: 30 } } });
  const child = await until(forked.id, ended);
  expect(child.progress.digest).toBe(await embeddedDigest(fleetJob(30)));

  // A new end, while it runs.
  const long = await ask('POST', '/v1/jobs', { spec: fleetJob(1_000_000) });
  const running = await until(long.id, ({ progress }) => progress.iteration > 3);
  await ask('PATCH', `/v1/jobs/${long.id}`, { stop: { iterations: 25 } }, { 'if-match': `"${running.revision}"` });
  const { progress } = await until(long.id, ended);
  expect(progress.digest).toBe(await embeddedDigest(fleetJob(progress.iteration)));
  expect((await service.stop()).code).toBe(0);
});

it('goes on with its jobs when it is started again', async () => {
  const folder = temporaryFolder();
  const first = await serve(folder);
  const spec = fleetJob(60);
  const { id } = await first.ask('POST', '/v1/jobs', { spec });
  const waiting = await first.ask('POST', '/v1/jobs', { spec: fleetJob(10) });
  await first.until(id, ({ progress }) => progress.iteration > 3);
  expect((await first.service.stop()).code).toBe(0);
  const second = await serve(folder);
  const known = async (job: string): Promise<void> => {
    for (;;) {
      const list = (await second.ask('GET', '/v1/jobs')) as unknown as { jobs: { id: string }[] };
      if (list.jobs.some((other) => other.id === job)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  await known(id);
  await known(waiting.id);
  expect((await second.until(id, ended)).progress.digest).toBe(await embeddedDigest(spec));
  expect((await second.until(waiting.id, ended)).progress.digest).toBe(await embeddedDigest(fleetJob(10)));
});
