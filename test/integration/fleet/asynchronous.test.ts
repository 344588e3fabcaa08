import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpec } from '../../../src/jobs/index.js';
import { Fleet } from '../../helpers/fleet/fleet.js';
import type { RecordedEvent } from '../../helpers/fleet/history.js';
import { historyFaults } from '../../helpers/fleet/invariants.js';
import { fleetJob } from '../../helpers/fleet/jobs.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const ITERATIONS = 90;
const BATCHES = 2;
const MAX_LAG = 4;
const spec: JobSpec = {
  ...fleetJob(ITERATIONS),
  schedule: { kind: 'async', lag: 1, batches: BATCHES, maxPolicyLag: MAX_LAG },
};

type Iteration = Extract<RecordedEvent, { type: 'iteration' }>;

/** The iterations that count: those that a learner made after its last checkpoint are void once another goes on. */
function standing(events: readonly RecordedEvent[]): Iteration[] {
  let made: Iteration[] = [];
  let term = 0;
  for (const event of events) {
    if (event.term < term) continue;
    term = event.term;
    if (event.type === 'started') made = made.filter(({ iteration }) => iteration <= event.iteration);
    if (event.type === 'iteration') made.push(event);
  }
  return made;
}

test('actors and learners that are killed cost nothing that was learned, and nothing is learned from twice', async () => {
  const folder = temporaryFolder();
  const fleet = await Fleet.start({ learner: { CHECKPOINT_DIR: folder } });
  await fleet.startServices(2);
  const job = await fleet.submit('job', spec);
  await job.reached(25);
  await fleet.alive('actor')[0]!.kill();
  fleet.startActor();
  await job.reached(45);
  await fleet.alive('learner')[0]!.kill();
  fleet.startLearner();
  await job.begun(2);
  await job.reached(70);
  await fleet.alive('learner')[0]!.stop();
  fleet.startLearner();
  await job.digest();

  expect(historyFaults(job.events, ITERATIONS)).toEqual([]);
  expect(job.learnersBegun).toBe(3);
  expect((await fleet.finalRecord('job')).state).toBe('succeeded');
  const made = standing(job.events);
  expect(made).toHaveLength(ITERATIONS);
  for (const { policyLag } of made) expect(policyLag).toBeLessThanOrEqual(MAX_LAG);
  const { envsPerShard, horizon } = spec.rollout;
  made.forEach(({ envSteps }, k) => {
    expect(envSteps).toBe((k + 1) * BATCHES * envsPerShard * horizon);
  });

  // Every batch up to where its shard stands was consumed once: learned from, or passed over and told.
  const { checkpoint } = (await createFileCheckpointStore(join(folder, 'job')).newest())!;
  expect(checkpoint.iteration).toBe(ITERATIONS);
  const cursors = checkpoint.facts.cursors as readonly number[];
  const dropped = made.reduce((sum, { batchesDropped = 0 }) => sum + batchesDropped, 0);
  expect(cursors).toHaveLength(spec.rollout.shards);
  expect(cursors.reduce((sum, k) => sum + k, 0)).toBe(ITERATIONS * BATCHES + dropped);
});
