import { type Static, Type } from 'typebox';
import { box, discrete } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';

const TwoStepOptions = Type.Object({}, { additionalProperties: false });

/** What is seen: the choice of the second game, or one of the two games. */
const STATES = 3;
/** payoffs[game][agent-0][agent-1], the same for both agents. */
const PAYOFFS = [
  [
    [7, 7],
    [7, 7],
  ],
  [
    [0, 1],
    [1, 8],
  ],
] as const;
const METRICS = ['riskyGame', 'optimal'] as const;

/** Step 1: agent-0 picks the game of step 2, all 7 or [[0, 1], [1, 8]], and nobody is paid; step 2: both play it and share its
 *  payoff. Source: Rashid et al. 2018 (QMIX), section 5. See docs/environments/two-step-v1.md. */
export const twoStep: EnvironmentDefinition<Static<typeof TwoStepOptions>> = defineBatchedEnvironment({
  id: 'two-step-v1',
  description: 'Two agents share a safe payoff or coordinate for a better one: the first step picks the second game.',
  options: TwoStepOptions,
  create: createTwoStep,
});

function createTwoStep(): Environment {
  const observationSpace = box(STATES, { low: 0, high: 1 });
  const actionSpace = discrete(2);
  return {
    agents: [
      { id: 'agent-0', observationSpace, actionSpace },
      { id: 'agent-1', observationSpace, actionSpace },
    ],
    state: { place: { dtype: 'u8' } },
    globalState: observationSpace,
    episodeMetrics: METRICS,
    reset(batch, instances, count) {
      for (let k = 0; k < count; k++) {
        batch.state.place[instances[k]] = 0;
        observe(batch, instances[k]);
      }
    },
    step(batch) {
      const { place } = batch.state;
      const [first, second] = batch.action as [Float32Array, Float32Array];
      for (let b = 0; b < batch.instances; b++) {
        if (place[b] === 0) {
          place[b] = 1 + first[b];
          pay(batch, b, 0);
        } else {
          const game = place[b] - 1;
          const payoff = PAYOFFS[game][first[b]][second[b]];
          pay(batch, b, payoff);
          for (const metric of batch.episodeMetric) {
            metric[b * METRICS.length] = game;
            metric[b * METRICS.length + 1] = payoff === 8 ? 1 : 0;
          }
          batch.terminated[b] = 1;
        }
        observe(batch, b);
      }
    },
  };
}

function pay(batch: EnvironmentBatch, b: number, payoff: number): void {
  batch.reward[0][b] = payoff;
  batch.reward[1][b] = payoff;
}

/** Everybody sees where the game stands, one-hot. */
function observe(batch: EnvironmentBatch, b: number): void {
  const place = batch.state.place[b];
  for (let j = 0; j < STATES; j++) {
    const seen = j === place ? 1 : 0;
    batch.observation[0][b * STATES + j] = seen;
    batch.observation[1][b * STATES + j] = seen;
    batch.globalState[b * STATES + j] = seen;
  }
}
