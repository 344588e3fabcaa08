import { JobDirectory } from '../../../dist/src/training/index.js';
import { createTrajectoryCodec, decodeShardState, encodeShardState } from '../../../dist/src/wire/index.js';
import { fleetSpec, runJob } from './fleet.mjs';

const { signal } = new AbortController();
const WIDTH = 4;

/** What a batch and a task cost at each hop, with a real batch of a job with these layers: { name: { bytes, times } }, times in
 *  microseconds. Encoding, decoding and the broker's calls are made by this process, one at a time but where it is said. */
export async function measureHops(fleet, hidden, repetitions) {
  const { broker } = fleet;
  const spec = fleetSpec(hidden, 6);
  const caught = catchBatch(broker, 'caught');
  await runJob(fleet, 'caught', spec);
  const { batch, state } = await caught;
  // Actors would take the tasks that are timed here.
  await Promise.all(fleet.services.map((service) => service.stop()));
  const { layout } = await new JobDirectory(broker, []).layoutOf('caught');
  const codec = createTrajectoryCodec(layout);
  const target = new SharedArrayBuffer(layout.totalBytes(layout.shape.horizon * layout.shape.instances));
  const block = codec.decode(batch, target).slice();
  const plainState = decodeShardState(state);
  /** Used again and again, as in the services. */
  const memory = new ArrayBuffer(batch.length + 1024);
  const hops = {};
  const timed = async (name, bytes, call) => {
    const begun = performance.now();
    const result = await call();
    hops[name] ??= { bytes, times: [] };
    hops[name].times.push((performance.now() - begun) * 1000);
    return result;
  };
  const epoch = await broker.trajectories.open('hops', new Array(WIDTH).fill({ k: 0, state: null }), 2);
  const task = (shard, k) => ({ jobId: 'hops', shard, k, version: 0, epoch });
  for (let k = 0; k < repetitions; k++) {
    await timed('task: issue', 0, () => broker.tasks.issue([task(0, k)]));
    const lease = await timed('task: take', 0, () => broker.tasks.take(signal));
    await timed('batch: encode', batch.length, () => codec.encode(block, memory));
    await timed('state: encode', state.length, () => encodeShardState(plainState));
    const outcome = await timed('batch and state: commit', batch.length + state.length, () =>
      broker.trajectories.commit(lease.task, { batch, state }),
    );
    if (outcome !== 'ok') throw new Error(`a commit was refused: ${outcome}`);
    await timed('task: complete', 0, () => lease.complete());
    const entry = await timed('batch and state: read', batch.length + state.length, () =>
      broker.trajectories.read('hops', 0, k, signal),
    );
    await timed('batch: decode', batch.length, () => codec.decode(entry.batch, target));
    entry.free?.();
    await timed('batch: release', 0, () => broker.trajectories.release('hops', k + 1));
  }
  for (let round = 0; round < repetitions / WIDTH; round++) {
    const shards = Array.from({ length: WIDTH }, (_, shard) => shard);
    const begun = performance.now();
    await broker.tasks.issue(shards.map((shard) => task(shard, 1_000_000 + round)));
    await Promise.all(shards.map(async () => (await broker.tasks.take(signal)).complete()));
    hops[`task: issue, take, complete, ${WIDTH} at a time`] ??= { bytes: 0, times: [] };
    hops[`task: issue, take, complete, ${WIDTH} at a time`].times.push(((performance.now() - begun) * 1000) / WIDTH);
  }
  await broker.tasks.withdraw('hops');
  await broker.trajectories.close('hops');
  return hops;
}

/** A batch of shard 0 of a job that is about to run; batches are gone when they are consumed, so a later one may be it. */
export async function catchBatch(broker, jobId) {
  for (let k = 0; ; ) {
    try {
      return await broker.trajectories.read(jobId, 0, k, signal);
    } catch (error) {
      if (error.code === 'BROKER_ENTRY_UNKNOWN') k++;
      else if (error.code !== 'BROKER_JOB_UNKNOWN') throw error;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}
