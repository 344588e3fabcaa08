/** An environment whose first step ends the thread, whenever it is tried. */
import { isMainThread } from 'node:worker_threads';
import { Type } from 'typebox';

export const environment = {
  id: 'deadly-v1',
  description: 'Ends its thread at the first step.',
  options: Type.Object({}),
  create: () => ({
    agents: [{ id: 'solo', observationSpace: { kind: 'box', shape: [1] }, actionSpace: { kind: 'box', shape: [1] } }],
    state: {},
    reset(batch) {
      batch.observation[0].fill(0);
    },
    step(batch) {
      if (!isMainThread) process.exit(9);
      batch.observation[0].fill(0);
      batch.reward[0].fill(0);
    },
  }),
};
