import { expect, it } from 'vitest';
import { FleetMetrics } from '../../../../services/api/fleet-metrics.js';
import { JobIndex } from '../../../../services/api/jobs/job-index.js';
import { JobLearners } from '../../../../services/api/jobs/learners.js';
import { algorithmCatalog } from '../../../../src/algorithms/catalog.js';
import { createMemoryBroker } from '../../../../src/broker/index.js';
import { environmentCatalog } from '../../../../src/envs/index.js';
import { MetricRegistry } from '../../../../src/metrics/index.js';
import { encodeHeartbeat } from '../../../../src/wire/index.js';
import { resolve } from '../../../helpers/training.js';

const catalogs = { environments: environmentCatalog, algorithms: algorithmCatalog };
const spec = JSON.stringify(resolve({ env: { id: 'median-v1' }, learners: 3, rollout: { shards: 8 } }));
const beat = (actorId: string, slots: number) => ({
  actorId,
  heartbeat: encodeHeartbeat({
    actorId,
    host: 'h',
    pid: 7,
    slots,
    tasksDone: 5,
    agentSteps: 50,
    since: 1000,
    jobIds: [],
  }),
});

it('the metrics of the fleet are what the broker tells, and unknown while it does not', async () => {
  let now = 0;
  const clock = { now: () => now, monotonic: () => now };
  const broker = createMemoryBroker({}, { clock });
  const metrics = new MetricRegistry();
  const fleet = new FleetMetrics({
    broker,
    jobIndex: new JobIndex({ broker, clock }),
    jobLearners: new JobLearners({ broker, catalogs }),
    metrics,
  });
  const lines = async () => {
    now += 5000;
    await fleet.look();
    return metrics
      .text()
      .split('\n')
      .filter((line) => line.startsWith('marlin'));
  };
  for (const [jobId, state] of [
    ['a', 'running'],
    ['b', 'failed'],
    ['c', 'failed'],
  ] as const) {
    await broker.jobs.submit({ jobId, state, spec, createdAt: 1, updatedAt: 1 });
  }
  await broker.actors.beat(beat('a1', 4), 60_000);
  await broker.actors.beat(beat('a2', 2), 60_000);
  const epoch = await broker.trajectories.open('a', new Array(8).fill({ k: 0, state: null }), 2);
  await broker.parts.offer('a', epoch, [1, 2], 'l1');
  await broker.parts.claim('l2', 60_000, AbortSignal.timeout(5000));
  await broker.tasks.issue([{ jobId: 'a', shard: 0, k: 0, version: 0, epoch }]);
  expect(await lines()).toEqual([
    'marlin_fleet_jobs{state="queued"} 0',
    'marlin_fleet_jobs{state="running"} 1',
    'marlin_fleet_jobs{state="paused"} 0',
    'marlin_fleet_jobs{state="succeeded"} 0',
    'marlin_fleet_jobs{state="failed"} 2',
    'marlin_fleet_jobs{state="cancelled"} 0',
    'marlin_fleet_slots{kind="actor"} 6',
    'marlin_fleet_slots{kind="learner"} 0',
    'marlin_fleet_wanted_actors 3',
    'marlin_fleet_wanted_learners 3',
    'marlin_fleet_waiting_tasks 1',
    'marlin_fleet_parts 2',
    'marlin_fleet_waiting_parts 1',
    'marlin_broker_room_ratio 1',
  ]);
  await broker.close();
  expect((await lines()).filter((line) => !line.endsWith('NaN'))).toEqual([]);
});
