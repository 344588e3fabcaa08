import { defineEnvironment } from '../../../../src/envs/index.js';
import { box } from '../../../../src/spaces/index.js';

/** Two agents on a line see how far away the other is, and are paid for meeting. */
export const meeting = defineEnvironment({
  id: 'meeting-v1',
  agents: {
    left: { observation: box(1), action: box(1) },
    right: { observation: box(1), action: box(1) },
  },
  state: { places: { dtype: 'f64', shape: [2] }, step: { dtype: 'i32' } },
  reset({ state, observation }, random) {
    state.places.set([-random.uniform(), random.uniform()]);
    observation.left[0] = state.places[1] - state.places[0];
    observation.right[0] = state.places[0] - state.places[1];
  },
  step(instance) {
    const { state, action, observation, reward } = instance;
    state.places[0] += action.left[0];
    state.places[1] += action.right[0];
    const gap = state.places[1] - state.places[0];
    observation.left[0] = gap;
    observation.right[0] = -gap;
    reward.left[0] = reward.right[0] = -(gap * gap);
    instance.truncated = ++state.step[0] === 50;
  },
});
