/** CartPole whose every step of a batch lasts BENCH_STEP_MS at least, as of a simulator that is slow by itself; for actors of different
 *  speed on one machine, whose processors would otherwise decide. */
import { Type } from 'typebox';
import { createEnvironment, defineBatchedEnvironment, environmentCatalog } from '../../../dist/src/envs/index.js';

const STEP_MS = Number(process.env.BENCH_STEP_MS ?? 0);
const never = new Int32Array(new SharedArrayBuffer(4));

export const environment = defineBatchedEnvironment({
  id: 'paced-cartpole-v1',
  description: 'CartPole at a pace.',
  options: Type.Object({}),
  create() {
    const cartpole = createEnvironment(environmentCatalog.get('cartpole-v1'), {});
    return {
      ...cartpole,
      step(batch, random) {
        if (STEP_MS > 0) Atomics.wait(never, 0, 0, STEP_MS);
        cartpole.step(batch, random);
      },
    };
  },
});
