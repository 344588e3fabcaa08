import { expect, test } from 'vitest';
import { Fleet } from '../../helpers/fleet/fleet.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { embeddedDigest, fleetJob } from '../../helpers/fleet/jobs.js';

const ITERATIONS = 200;
const TIMES = 4;
const spec = fleetJob(ITERATIONS);

test('a learner that was thought dead wakes up while another has its job: it does no harm', async () => {
  const fleet = await Fleet.start();
  await fleet.startServices(2);
  const job = await fleet.submit('job', spec);
  const learners = [fleet.alive('learner')[0]!, fleet.startLearner()];
  await learners[1]!.logged('started');
  for (let time = 0; time < TIMES; time++) {
    await job.reached(job.newest + 10);
    const sleeping = learners[time % 2]!;
    sleeping.freeze();
    await job.begun(time + 2);
    // The other one's tasks are waiting and out by then.
    await job.reached(job.newest + 10);
    sleeping.thaw();
    await sleeping.logged('this learner no longer holds the job', 1 + Math.floor(time / 2));
  }
  expect(await job.digest()).toBe(await embeddedDigest(spec));
  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  for (const learner of learners) expect(await learner.stop()).toEqual({ code: 0, signal: null });
});
