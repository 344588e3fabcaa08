import { expect, test } from 'vitest';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob, levelsFleetJob, memoryFleetJob } from '../../helpers/fleet/jobs.js';

const ITERATIONS = 40;
const spec = fleetJob(ITERATIONS);

test.each([1, 2, 6])('over Redis with %i actors the weights are those of one process', async (actors) => {
  const fleet = await Fleet.start();
  await fleet.startServices(actors);
  const job = await fleet.submit('job', spec);
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
});

test('and so are those of policies in levels', async () => {
  const levels = levelsFleetJob(ITERATIONS);
  const fleet = await Fleet.start();
  await fleet.startServices(2);
  const job = await fleet.submit('job', levels);
  expect(await job.digest()).toBe(await embeddedDigest(levels));
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
});

test('and those of policies with a memory, through kills of whoever works for them', async () => {
  const memory = memoryFleetJob(ITERATIONS);
  const fleet = await Fleet.start();
  await fleet.startServices(2);
  const job = await fleet.submit('job', memory);
  await job.reached(15);
  await fleet.alive('actor')[0]!.kill();
  fleet.startActor();
  await job.reached(25);
  await fleet.alive('learner')[0]!.kill();
  fleet.startLearner();
  expect(await job.digest()).toBe(await embeddedDigest(memory));
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
});

test('actors join and leave while the job runs: each leaves in good order, and the weights stay the same', async () => {
  const iterations = 150;
  const longer = fleetJob(iterations);
  const fleet = await Fleet.start();
  await fleet.startServices(1);
  const job = await fleet.submit('job', longer);
  for (const iteration of [15, 45, 75, 105]) {
    await job.reached(iteration);
    const [leaving] = fleet.alive('actor');
    const joining = fleet.startActor();
    await joining.logged('started');
    expect(await leaving!.stop()).toEqual({ code: 0, signal: null });
    expect(leaving!.log.map(({ msg }) => msg)).toContain('stopped');
  }
  expect(await job.digest()).toBe(await embeddedDigest(longer));
  expect(historyFaults(job.events, iterations)).toEqual([]);
});
