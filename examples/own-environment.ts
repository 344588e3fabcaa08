/** An environment of one's own, trained in this process: two agents that are paid for meeting at a point which only one sees.
 *  Run: npm run build && node dist/examples/own-environment.js */
import { box, defineEnvironment, train } from 'marlin';

const meeting = defineEnvironment({
  id: 'meeting-v1',
  agents: {
    guide: { observation: box(1), action: box(1) },
    follower: { observation: box(1), action: box(1) },
  },
  state: { target: { dtype: 'f32' }, step: { dtype: 'i32' } },
  reset({ state, observation }, random) {
    state.target[0] = random.uniform();
    state.step[0] = 0;
    observation.guide[0] = state.target[0]!;
    observation.follower[0] = 0;
  },
  step(instance) {
    const { state, action, observation, reward } = instance;
    const target = state.target[0]!;
    reward.guide[0] = -((action.guide[0]! - target) ** 2);
    reward.follower[0] = -((action.follower[0]! - target) ** 2);
    observation.guide[0] = target;
    observation.follower[0] = action.guide[0]!;
    state.step[0]! += 1;
    instance.terminated = state.step[0]! >= 10;
  },
});

const { team, evaluation, digest } = await train(
  {
    env: { id: 'meeting-v1' },
    policies: { '*': { network: { hidden: [] } } },
    algorithm: { options: { learningRate: 0.01, gamma: 0 } },
    stop: { iterations: 40 },
  },
  { environments: [meeting] },
);
console.log('return per episode', evaluation);
console.log('the guide goes to', team.act('guide', [0.7])[0], 'for a target at 0.7; digest', digest);
