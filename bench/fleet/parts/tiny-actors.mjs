/** Tiny actors for `bench/fleet/capacity.mjs`, which forks this: each is an actor as the service runs it, with a broker and messages of
 *  its own, but collecting takes no time: the same batch comes of every task.
 *
 *  Argument: { url, actors, shape, policies } as JSON. Answers "cpu" with its processor microseconds so far; ends when the parent
 *  disconnects. */
import { silentLogger, systemClock } from '../../../dist/src/base/index.js';
import { createRedisBroker } from '../../../dist/src/broker/redis/index.js';
import { HEADER } from '../../../dist/src/experience/index.js';
import { runActor } from '../../../dist/src/training/index.js';
import { createWiredBroker } from '../../../dist/src/training/wired-broker.js';
import { layoutOf } from './simulated-job.mjs';

const settings = JSON.parse(process.argv[2]);
const job = layoutOf(settings);
const stopping = Array.from({ length: settings.actors }, () => new AbortController());
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send(user + system);
});
process.on('disconnect', () => {
  for (const actor of stopping) actor.abort();
});

const workers = {
  size: 0,
  async run(_jobId, _kind, { shard, k, version }) {
    const batch = new Uint8Array(new SharedArrayBuffer(job.layout.totalBytes(0)));
    batch.set(job.block);
    const header = new Int32Array(batch.buffer, 0, 16);
    header[HEADER.shard] = shard;
    header[HEADER.k] = k;
    header[HEADER.policyVersion] = version;
    const seconds = { environment: 0, policy: 0, transfer: 0 };
    return { batch, state: new Uint8Array(16 * settings.shape.instances), seconds };
  },
};
await Promise.all(
  stopping.map(async ({ signal }) => {
    const broker = await createRedisBroker({ url: settings.url }, { logger: silentLogger, clock: systemClock });
    const wired = createWiredBroker(broker, { layoutOf: async () => job });
    await runActor(wired, workers, signal).finally(() => broker.close());
  }),
);
