import { expect, test } from 'vitest';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';

const ITERATIONS = 100;
const spec = fleetJob(ITERATIONS);

test('a learner that is told to stop hands its job over: another ends it with the same digest', async () => {
  const fleet = await Fleet.start();
  await fleet.startServices(2);
  const job = await fleet.submit('job', spec);
  await job.reached(34);
  const [leaving] = fleet.alive('learner');
  expect(await leaving!.stop()).toEqual({ code: 0, signal: null });
  // Not in the middle of anything: the checkpoint is of the last iteration that was made.
  const saved = job.events.filter(({ type }) => type === 'checkpoint').length;
  fleet.startLearner();
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  const begun = job.events.flatMap((event) => (event.type === 'started' ? [event.iteration] : []));
  expect(begun).toEqual([0, expect.toSatisfy((iteration: number) => iteration >= 34 && iteration < ITERATIONS)]);
  expect(saved).toBeGreaterThan(0);
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  expect((await fleet.finalRecord('job')).state).toBe('succeeded');
});

test('actors that are killed in the middle of a task delay their job by seconds, not by minutes', async ({
  annotate,
}) => {
  const iterations = 24;
  // Large enough that an actor is in the middle of a task nearly always.
  const { rollout, ...rest } = fleetJob(iterations);
  const large = { ...rest, rollout: { ...rollout, envsPerShard: 64, horizon: 200 } };
  const fleet = await Fleet.start();
  await fleet.startServices(2);
  const job = await fleet.submit('job', large);
  for (const iteration of [6, 12, 18]) {
    await job.reached(iteration);
    await fleet.alive('actor')[0]!.kill();
    fleet.startActor();
  }
  expect(await job.digest()).toBe(await embeddedDigest(large));
  expect(historyFaults(job.events, iterations)).toEqual([]);
  const pauseMs = job.longestPauseMs();
  await annotate(`the longest pause was ${Math.round(pauseMs)} ms`);
  // Two seconds of lease, up to a second until someone looks, and what a busy machine adds.
  expect(pauseMs).toBeLessThan(20_000);
});
