import { expect, test, vi } from 'vitest';
import { JobLearners } from '../../../services/api/jobs/learners.js';
import { algorithmCatalog } from '../../../src/algorithms/catalog.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import type { JobSpec } from '../../../src/jobs/index.js';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';
import type { Service } from '../../helpers/fleet/service.js';

const TAKEN = 'a part of a job was taken';
const spread = (learners: number, iterations: number): JobSpec => ({ ...fleetJob(iterations), learners });
const parts = ({ log }: Service) => log.filter(({ msg }) => msg === TAKEN).map(({ part }) => part);

test('learner processes share a job; one that leaves, one that is killed and a killed leader change no bit', async () => {
  const iterations = 80;
  const spec = spread(3, iterations);
  const fleet = await Fleet.start();
  await fleet.startServices(2);
  const [leader] = fleet.alive('learner');
  const others = [fleet.startLearner(), fleet.startLearner()];
  await Promise.all(others.map((learner) => learner.logged('started')));
  const job = await fleet.submit('job', spec);
  // Whichever of them has got the job, two others have its parts.
  const holders = async (): Promise<Service[]> => {
    const learners = fleet.alive('learner');
    await Promise.any(learners.map((learner) => learner.logged(TAKEN)));
    return learners.filter((learner) => parts(learner).length > 0);
  };
  // As the API shows it.
  const catalogs = { environments: environmentCatalog, algorithms: algorithmCatalog };
  const jobLearners = new JobLearners({ broker: fleet.broker, catalogs });
  const shownParts = async () => (await jobLearners.of((await fleet.broker.jobs.get('job'))!.record))!.parts;
  const states = async () => (await shownParts()).map(({ state }) => state);
  await vi.waitFor(async () => expect(await states()).toEqual(['held', 'held', 'held']), 20_000);
  const shown = await shownParts();
  expect(new Set(shown.map(({ learnerId }) => learnerId)).size).toBe(3);
  for (const { heartbeatAge } of shown) expect(heartbeatAge).toBeLessThan(7);
  await job.reached(15);
  const [leaving] = await holders();
  expect(await leaving!.stop()).toEqual({ code: 0, signal: null });
  const [killed] = await holders();
  await job.reached(30);
  await killed!.kill();
  // Only the leader is left.
  const waiting = expect.stringMatching(/waiting|lost/);
  await vi.waitFor(async () => expect(await states()).toEqual(['held', waiting, waiting]), 20_000);
  await fleet.startLearner().logged('started');
  await job.reached(45);
  await leader!.kill();
  await fleet.startLearner().logged('started');
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  expect(historyFaults(job.events, iterations)).toEqual([]);
}, 120_000);
