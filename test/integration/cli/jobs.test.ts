import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runProgram } from '../../../cli/program.js';
import { createMemoryBroker } from '../../../src/broker/index.js';
import { encodeHeartbeat } from '../../../src/wire/index.js';
import { listeningApi } from '../../helpers/api/listening.js';
import { startWorkers } from '../../helpers/api/workers.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { fakeHost } from '../../unit/cli/fake-host.js';
import { SMALL } from './program.js';

type Options = Parameters<typeof fakeHost>[0];

/** The command line beside an API of the test's own. */
async function commandLine(...options: Parameters<typeof listeningApi>) {
  const api = await listeningApi(...options);
  const folder = temporaryFolder({ 'job.json': JSON.stringify(SMALL) });
  const spec = join(folder, 'job.json');
  const marlin = (args: readonly string[], more: Options = {}, variables: Record<string, string> = {}) => {
    const fake = fakeHost({
      ...more,
      settings: { variables: { MARLIN_URL: api.url, ...variables } },
    });
    const ended = runProgram(fake.host, args).then((code) => ({
      code,
      stdout: fake.out.join(''),
      stderr: fake.err.join(''),
    }));
    return { ...fake, ended };
  };
  const run = (...args: string[]) => marlin(args).ended;
  const json = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as never;
  };
  const submit = async (...args: string[]): Promise<string> =>
    (await run('jobs', 'submit', spec, ...args)).stdout.trim();
  return { ...api, folder, spec, marlin, run, json, submit };
}

const FINISHED = {
  type: 'finished',
  state: 'succeeded',
  reason: 'iterations',
  iteration: 6,
  envSteps: 480,
  agentSteps: 2400,
  wallSeconds: 2,
  digest: 'abc',
};

describe('marlin jobs', () => {
  it('submits a job, shows it, lists it', async () => {
    const { run, json, spec } = await commandLine();
    const submitted = await run(
      'jobs',
      'submit',
      spec,
      '--set',
      'rollout.shards=3',
      '--seed',
      '5',
      '--label',
      'team=blue',
    );
    expect(submitted).toMatchObject({ code: 0, stderr: 'small is queued\n' });
    const id = submitted.stdout.trim();
    expect(submitted.stdout).toBe(`${id}\n`);
    expect(await json('jobs', 'show', id)).toMatchObject({
      id,
      state: 'queued',
      labels: { team: 'blue' },
      spec: { seed: 5, rollout: { shards: 3 } },
    });
    const shown = await run('jobs', 'show', id);
    expect(shown.stdout).toMatch(new RegExp(`^small {2}${id}\n\nstate +queued\nenvironment +median-v1\n`));
    expect(shown.stdout).toMatch(/^iteration +0 of 6$/m);
    const { stdout } = await run('jobs', 'list', '--label', 'team', '--env', 'median-v1', '--sort', 'createdAt');
    expect(stdout).toMatch(new RegExp(`^id .*\n─.*\n${id} .*small +queued +median-v1 .*team=blue`));
    expect(await json('jobs', 'list', '--state', 'failed', '--state', 'running')).toEqual([]);
    expect(await run('jobs', 'list', '--owner', 'nobody')).toMatchObject({ code: 0, stdout: '', stderr: 'no jobs\n' });
  });

  it('shows who shares a job, and says which parts wait for a learner and what to do', async () => {
    const { run, json, submit, broker, marlin } = await commandLine();
    const id = await submit('--set', 'learners=3', '--set', 'env.options.agents=3');
    expect((await run('jobs', 'show', id)).stdout).toMatch(/^learners +waits for one, 3 may share it$/m);
    const beat = (actorId: string) => {
      const counts = { pid: 7, slots: 1, partSlots: 1, tasksDone: 0, agentSteps: 0, since: 1000 };
      return { actorId, heartbeat: encodeHeartbeat({ actorId, host: 'h', ...counts, jobIds: [id] }) };
    };
    for (const learner of ['lead', 'holder']) await broker.learners.beat(beat(learner), 60_000);
    const stored = (await broker.jobs.get(id))!;
    await broker.jobs.compareAndSet(stored.revision, { ...stored.record, state: 'running' });
    const epoch = await broker.trajectories.open(id, [{ k: 0, state: null }], 2);
    await broker.parts.offer(id, epoch, [1, 2], 'lead');
    const claim = await broker.parts.claim('holder', 60_000, AbortSignal.timeout(5000));
    const { part } = claim;
    await broker.parts.send(claim, 'leader', { sequence: 1, message: new Uint8Array(1) });
    const { stdout } = await run('jobs', 'show', id);
    expect(stdout).toMatch(new RegExp(`^learners +2 of 3; part ${3 - part} without$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${part} +agent-${part} +held +holder +\\d+\\.\\d s ago$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^${3 - part} +agent-${3 - part} +waiting$`, 'm'));
    expect(stdout).toMatch(new RegExp(`^fence ${epoch}$`, 'm'));

    const checks = async () => {
      const told = (await json('doctor')) as { ok: boolean; checks: { check: string; level: string; found: string }[] };
      expect(told.ok).toBe(true);
      return told.checks.filter(({ check }) => check === 'fleet');
    };
    await expect.poll(checks).toMatchObject([
      { level: 'warn', found: '2 learners, 0 actors; jobs wait for actors' },
      {
        level: 'warn',
        found: `job ${id} waits for 1 of 3 learners`,
        remedy: expect.stringMatching(/^Start one more with REDIS_URL=.* marlin learner;/),
      },
    ]);
    const top = (await run('top', '--once')).stdout;
    expect(top).toMatch(/ · 1 of 2 parts wait · /);
    expect(top).toMatch(new RegExp(`^${id} +small +running +2 of 3 `, 'm'));
    expect(top).toMatch(new RegExp(`^learner +holder +h +part ${part} of `, 'm'));
    const watching = marlin(['jobs', 'watch', id]);
    const note = `learners: 2 of 3; part ${3 - part} without; start more with REDIS_URL=`;
    await expect.poll(() => watching.err.join('')).toContain(note);
    for (const interrupt of watching.interrupts) interrupt('SIGINT');
    expect((await watching.ended).code).toBe(130);
  });

  it('doctor asks no fleet for help where there is none, and says where one was named', async () => {
    const { url, marlin } = await commandLine();
    const found = async (args: readonly string[], MARLIN_URL: string) => {
      const { stdout } = await marlin(['doctor', '--json', ...args], {}, { MARLIN_URL }).ended;
      return JSON.parse(stdout).checks.filter(({ check }: { check: string }) => check === 'fleet');
    };
    expect(await found(['--url', url], '')).toMatchObject([{ level: 'ok', found: '0 learners, 0 actors' }]);
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, 'close');
    expect(await found([], `http://127.0.0.1:${port}`)).toMatchObject([
      { level: 'warn', found: expect.stringContaining('cannot be reached') },
    ]);
  });

  it('lists so many as are wanted, over as many pages as it takes', async () => {
    const { json, submit } = await commandLine();
    for (let i = 0; i < 3; i++) await submit();
    expect(await json('jobs', 'list', '--limit', '2')).toHaveLength(2);
    expect(await json('jobs', 'list', '--limit', '0')).toHaveLength(0);
    expect(await json('jobs', 'list')).toHaveLength(3);
  });

  it('submits once with one idempotency key', async () => {
    const { submit, json } = await commandLine();
    expect(await submit('--idempotency-key', 'mine')).toBe(await submit('--idempotency-key', 'mine'));
    expect(await json('jobs', 'list')).toHaveLength(1);
  });

  it('tells what a job would be, and launches none', async () => {
    const { run, json, spec } = await commandLine();
    const { code, stdout, stderr } = await run('jobs', 'submit', spec, '--dry-run');
    expect({ code, spec: JSON.parse(stdout) }).toMatchObject({ code: 0, spec: { ...SMALL, seed: expect.any(Number) } });
    expect(stderr).toMatch(/^valid: \d+ agents, \d+ policies, .* agent steps an iteration/);
    expect(await json('jobs', 'submit', spec, '--dry-run')).toMatchObject({ plan: { iterations: 6 } });
    expect(await json('jobs', 'list')).toEqual([]);
  });

  it('pauses, resumes, cancels and deletes, several at once', async () => {
    const { run, submit, json } = await commandLine();
    const ids = [await submit(), await submit()];
    const states = async () => (await json('jobs', 'list')) as { state: string }[];
    for (const [verb, state] of [
      ['pause', 'paused'],
      ['resume', 'queued'],
      ['cancel', 'cancelled'],
    ]) {
      const result = await run('jobs', verb!, ...ids);
      expect(result).toEqual({
        code: 0,
        stdout: ids.map((id) => `${id}\n`).join(''),
        stderr: `small is ${state}\n`.repeat(2),
      });
      expect((await states()).map((job) => job.state)).toEqual([state, state]);
    }
    expect((await run('jobs', 'resume', ids[0]!)).stderr).toMatch(/^error JOB_STATE_INVALID: .* it has ended/);
    expect(await run('jobs', 'delete', ...ids)).toMatchObject({
      code: 0,
      stderr: `${ids[0]} deleted\n${ids[1]} deleted\n`,
    });
    expect(await states()).toEqual([]);
  });

  it('tells what happened to a job, and goes on telling until it ends', async () => {
    const { submit, run, marlin, broker } = await commandLine();
    const id = await submit();
    await run('jobs', 'pause', id);
    expect((await run('jobs', 'logs', id)).stdout.split('\n').map((line) => line.split(/ +/)[1])).toEqual([
      'launched',
      'paused',
      undefined,
    ]);
    const following = marlin(['jobs', 'logs', id, '--follow', '--json']);
    await run('jobs', 'resume', id);
    await broker.events.append(
      id,
      'started',
      JSON.stringify({ type: 'started', job: id, iteration: 0, agents: [], policies: {}, term: 1 }),
    );
    await run('jobs', 'cancel', id);
    const { code, stdout } = await following.ended;
    const kinds = stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect({ code, kinds: kinds.sort() }).toEqual({
      code: 0,
      kinds: ['cancelled', 'launched', 'learnerBegan', 'paused', 'resumed'],
    });
  });
});

describe('marlin jobs watch', () => {
  it('trains, follows to the end, and forks', { timeout: 120_000 }, async () => {
    const broker = createMemoryBroker();
    const checkpointFolder = temporaryFolder();
    const { run, submit, json } = await commandLine({ checkpointFolder }, { broker });
    startWorkers(broker, checkpointFolder);
    const id = await submit('--set', 'checkpoint.every=2');
    const watched = await run('jobs', 'watch', id);
    expect(watched).toMatchObject({ code: 0 });
    expect(watched.stdout).toMatch(/^trained 6 iterations \(iterations\), .*\ndigest [0-9a-f]{64}\n$/);
    expect(watched.stderr).toContain('iteration 6/6');
    const forked = await run('jobs', 'fork', id, '--set', 'stop.iterations=8', '--label', 'from=small');
    expect(forked.stderr).toBe('small is queued\n');
    const lines = await run('jobs', 'watch', forked.stdout.trim(), '--json');
    expect(lines.stderr).toBe('');
    const types = lines.stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(expect.arrayContaining(['state', 'started', 'iteration', 'finished', 'end']));
    expect(await json('jobs', 'show', forked.stdout.trim())).toMatchObject({
      forkedFrom: { jobId: id, iteration: 6 },
      progress: { iteration: 8 },
      labels: { from: 'small' },
    });
    expect((await run('jobs', 'show', id)).stdout).toMatch(/^digest +[0-9a-f]{64}$/m);
  });

  it('fails as the job does, and tells only what the newest learner says', async () => {
    const { broker, submit, run } = await commandLine();
    const id = await submit();
    const append = (event: { type: string }) => broker.events.append(id, event.type, JSON.stringify(event));
    const failed = {
      type: 'failed',
      code: 'ENV_STEP_FAILED',
      message: 'it divided by zero',
      retryable: false,
      data: { x: 1 },
    };
    await append({ ...failed, term: 2 } as never);
    await append({ ...FINISHED, term: 1 } as never);
    const stored = (await broker.jobs.get(id))!;
    await broker.jobs.compareAndSet(stored.revision, {
      ...stored.record,
      state: 'failed',
      failure: JSON.stringify(failed),
    });
    const { code, stderr, stdout } = await run('jobs', 'watch', id);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('error ENV_STEP_FAILED: it divided by zero');
  });

  it('says what a job came to once it has ended, not when it is paused', async () => {
    const { broker, submit, run } = await commandLine();
    const id = await submit();
    const append = (event: { type: string }) => broker.events.append(id, event.type, JSON.stringify(event));
    const started = { type: 'started', job: id, iteration: 0, agents: [], policies: {} };
    await append({ ...started, term: 1 } as never);
    await append({ ...FINISHED, state: 'cancelled', reason: 'interrupted', digest: 'half', term: 1 } as never);
    await append({ ...started, term: 2 } as never);
    await append({ ...FINISHED, term: 2 } as never);
    const stored = (await broker.jobs.get(id))!;
    await broker.jobs.compareAndSet(stored.revision, { ...stored.record, state: 'succeeded' });
    expect(await run('jobs', 'watch', id)).toMatchObject({
      code: 0,
      stdout: 'trained 6 iterations (iterations), 2400 agent steps in 2.0 s\ndigest abc\n',
    });
  });

  it('ends with 1 where the job was cancelled', async () => {
    const { submit, run } = await commandLine();
    const id = await submit();
    await run('jobs', 'cancel', id);
    const { code, stdout } = await run('jobs', 'watch', id, '--quiet', '--json');
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as unknown;
    expect({ code, last }).toMatchObject({
      code: 1,
      last: { error: { code: 'JOB_NOT_SUCCEEDED', data: { state: 'cancelled' } } },
    });
  });

  it('leaves a job alone when it is interrupted', async () => {
    const { submit, marlin, json } = await commandLine();
    const id = await submit();
    const { ended, err, interrupts } = marlin(['jobs', 'watch', id]);
    while (!err.join('').includes('queued')) await new Promise(setImmediate);
    for (const interrupt of interrupts) interrupt('SIGINT');
    expect(await ended).toMatchObject({ code: 130, stderr: expect.stringContaining(`job ${id} goes on`) });
    expect(interrupts.size).toBe(0);
    expect(await json('jobs', 'show', id)).toMatchObject({ state: 'queued' });
  });
});

describe('marlin top', () => {
  it('shows the fleet once, where nothing is drawn again', async () => {
    const { run, submit, json } = await commandLine();
    const id = await submit();
    const { code, stdout } = await run('top');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0 running, 1 queued · 0 learners .* · 0 actors /);
    expect(stdout).toMatch(new RegExp(`^${id} +small +queued +0 of 6$`, 'm'));
    expect(await json('top')).toMatchObject({ scaling: { queuedJobs: 1 }, jobs: [{ id }], actors: [], learners: [] });
  });

  it('draws again on a terminal until it is interrupted', async () => {
    const { marlin } = await commandLine();
    const { ended, out, interrupts } = marlin(['top', '--interval', '1'], { tty: true });
    const draws = () => out.join('').split('\u001b[H\u001b[J').length - 1;
    while (draws() < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const interrupt of interrupts) interrupt('SIGINT');
    expect((await ended).code).toBe(0);
  });
});

describe('what goes wrong', () => {
  it.each<[string, string[], number, string]>([
    ['a job that is not there', ['jobs', 'show', 'nope'], 1, 'API_JOB_UNKNOWN'],
    ['an address that is none', ['jobs', 'list', '--url', 'nowhere'], 2, 'CLIENT_OPTIONS_INVALID'],
    ['a label without a value', ['jobs', 'submit', '-', '--label', 'x'], 2, 'CLI_USAGE'],
    ['a sort that is none', ['jobs', 'list', '--sort', 'size'], 2, 'CLI_USAGE'],
    ['an argument too few', ['jobs', 'show'], 2, 'CLI_USAGE'],
    ['a file of a key that is not there', ['jobs', 'list', '--key-file', '/nowhere/key'], 2, 'KEY_UNREADABLE'],
  ])('is told with its code, and ends with it: %s', async (_, args, code, error) => {
    const { marlin } = await commandLine();
    const fake = marlin([...args, '--json']);
    if (args.includes('-')) Object.assign(fake.host, { stdin: [JSON.stringify(SMALL)] });
    const result = await fake.ended;
    const told = JSON.parse(result.stdout.trimEnd().split('\n').at(-1)!) as { error: { code: string } };
    expect({ code: result.code, error: told.error.code }).toEqual({ code, error });
  });

  it('is told with every fault of a spec, and what to do', async () => {
    const { run, spec } = await commandLine();
    const result = await run('jobs', 'submit', spec, '--set', 'zzz=1', '--set', 'rollout.shards=-1');
    expect(result).toMatchObject({ code: 2, stdout: '' });
    for (const text of ['error JOB_SPEC_INVALID', '/spec/zzz', '/spec/rollout/shards'])
      expect(result.stderr).toContain(text);
    const { stdout } = await run('jobs', 'submit', spec, '--set', 'zzz=1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'JOB_SPEC_INVALID', data: { status: 422, pointers: [{ pointer: '/spec/zzz' }] } },
    });
  });

  it('is told while it is tried again', async () => {
    let requests = 0;
    const server = createServer((_, response) => {
      const busy = { code: 'BROKER_UNAVAILABLE', detail: 'Redis is away' };
      response.writeHead(++requests === 1 ? 503 : 200, { 'retry-after': '0' });
      response.end(JSON.stringify(requests === 1 ? busy : { jobs: [], nextCursor: null }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const json of [false, true]) {
      requests = 0;
      const { host, out, err } = fakeHost({ settings: { variables: { MARLIN_URL: url } } });
      expect(await runProgram(host, ['jobs', 'list', ...(json ? ['--json'] : [])])).toBe(0);
      const told = json ? ['[]\n', ''] : ['', 'Redis is away; trying again\nno jobs\n'];
      expect([out.join(''), err.join('')]).toEqual(told);
      expect(requests).toBe(2);
    }
  });

  it('is never a key in an argument: it is read from the environment, or from a file', async () => {
    const { marlin, authorize, folder } = await commandLine({ keysRequired: true });
    const key = (await authorize('bob', 'read')).authorization.replace('Bearer ', '');
    const file = join(folder, 'key');
    writeFileSync(file, `${key}\n`);
    const list = ['jobs', 'list'];
    expect((await marlin(list).ended).stderr).toContain('error API_KEY_REQUIRED');
    expect((await marlin(list, {}, { MARLIN_API_KEY: key }).ended).code).toBe(0);
    expect((await marlin(list, {}, { MARLIN_API_KEY_FILE: file }).ended).code).toBe(0);
    expect((await marlin([...list, '--key-file', file]).ended).code).toBe(0);
    expect((await marlin([...list, '--key', key]).ended).code).toBe(2);
  });
});
