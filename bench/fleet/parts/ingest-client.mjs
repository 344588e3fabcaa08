/** Simulated actors for `bench/fleet/ingest.mjs`, which forks this: each commits the same prepared batch to a shard of its own,
 *  as fast as the broker takes it. Messages of the parent say how many batches of each shard are released: a commit to a full
 *  shard would be refused, and sent again; tasks keep real actors from that. They end when the parent disconnects.
 *
 *  Argument: { url, jobId, epoch, capacity, shards, shape } as JSON. */
import { silentLogger, systemClock } from '../../../dist/src/base/index.js';
import { createRedisBroker } from '../../../dist/src/broker/redis/index.js';
import { createTrajectoryCodec, encodeShardState } from '../../../dist/src/wire/index.js';
import { batchOf } from './ingest-batch.mjs';

const { url, jobId, epoch, capacity, shards, shape } = JSON.parse(process.argv[2]);
const { layout, block } = batchOf(shape);
const batch = createTrajectoryCodec(layout).encode(block);

let released = 0;
let ended = false;
let wake = () => {};
let room = new Promise((resolve) => {
  wake = resolve;
});
function tell() {
  wake();
  room = new Promise((resolve) => {
    wake = resolve;
  });
}
process.on('message', (count) => {
  released = count;
  tell();
});
process.on('disconnect', () => {
  ended = true;
  tell();
});

await Promise.all(
  shards.map(async (shard) => {
    const broker = await createRedisBroker({ url }, { logger: silentLogger, clock: systemClock });
    for (let k = 0; !ended; k++) {
      while (k >= released + capacity && !ended) await room;
      if (ended) break;
      const state = encodeShardState({ shard, k: k + 1, state: new Uint8Array(16 * shape.instances) });
      const outcome = await broker.trajectories.commit({ jobId, shard, k, version: 0, epoch }, { batch, state });
      if (outcome !== 'ok' && outcome !== 'fenced') throw new Error(`a commit was refused: ${outcome}`);
    }
    await broker.close();
  }),
);
