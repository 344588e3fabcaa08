/** An environment that goes wrong at a step of its choice, as a module that every process of a fleet imports. */
import { Type } from 'typebox';

const agent = (id) => ({
  id,
  observationSpace: { kind: 'box', shape: [1] },
  actionSpace: { kind: 'box', shape: [1] },
});

export const environment = {
  id: 'poisoned-v1',
  description: 'Throws, or pays one of its two agents NaN, at the given step.',
  options: Type.Object({ throws: Type.Boolean({ default: true }), step: Type.Integer({ default: 20 }) }),
  create: ({ throws, step }) => ({
    agents: [agent('sound'), agent('sick')],
    state: { count: { dtype: 'i32' } },
    reset(batch, instances, count) {
      for (let e = 0; e < count; e++) for (const observation of batch.observation) observation[instances[e]] = 0;
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        batch.state.count[b] += 1;
        const poisoned = batch.state.count[b] === step;
        if (poisoned && throws) throw new Error('the well is poisoned');
        for (const observation of batch.observation) observation[b] = 0;
        batch.reward[0][b] = 0;
        batch.reward[1][b] = poisoned ? Number.NaN : 0;
      }
    },
  }),
};
