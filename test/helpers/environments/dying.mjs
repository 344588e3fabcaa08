/** An environment that ends its thread, once: the marker file tells that it did. As a module that worker threads import. */
import { existsSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { Type } from 'typebox';

export const environment = {
  id: 'dying-v1',
  description: 'Kills its thread at the twentieth step, unless the marker is there.',
  options: Type.Object({ marker: Type.String({ default: '' }) }),
  create: ({ marker }) => ({
    agents: [{ id: 'solo', observationSpace: { kind: 'box', shape: [1] }, actionSpace: { kind: 'box', shape: [1] } }],
    state: { count: { dtype: 'i32' } },
    reset(batch, instances, count, random) {
      for (let e = 0; e < count; e++) {
        batch.state.count[instances[e]] = 0;
        batch.observation[0][instances[e]] = random.uniform();
      }
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        batch.state.count[b] += 1;
        if (marker !== '' && batch.state.count[b] === 20 && !isMainThread && !existsSync(marker)) {
          writeFileSync(marker, 'died here');
          process.exit(7);
        }
        batch.observation[0][b] = batch.action[0][b] * 0.5;
        batch.reward[0][b] = -(batch.action[0][b] ** 2);
      }
    },
  }),
};
