/** An environment that throws at its thirtieth step, as a module that worker threads import. */
import { Type } from 'typebox';

export const environment = {
  id: 'throwing-v1',
  description: 'Throws at the thirtieth step.',
  options: Type.Object({}),
  create: () => ({
    agents: [{ id: 'solo', observationSpace: { kind: 'box', shape: [1] }, actionSpace: { kind: 'box', shape: [1] } }],
    state: { count: { dtype: 'i32' } },
    reset(batch, instances, count) {
      for (let e = 0; e < count; e++) batch.observation[0][instances[e]] = 0;
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        batch.state.count[b] += 1;
        if (batch.state.count[b] > 30) throw new Error('no more steps');
        batch.observation[0][b] = 0;
        batch.reward[0][b] = 0;
      }
    },
  }),
};
