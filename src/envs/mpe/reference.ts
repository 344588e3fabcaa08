import { type Static, Type } from 'typebox';
import { box } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { AgentSpec, Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';
import { createActionReader } from './actions.js';
import { joinObservations, writeEachRelative, writePair, writeSame } from './observation.js';
import { LocalRatio, NamedLandmarks, Steps, Words } from './options.js';
import { createWorld, distanceBetween } from './world.js';

const ReferenceOptions = Type.Object(
  {
    landmarks: NamedLandmarks,
    words: Words(10),
    localRatio: LocalRatio(
      'Weight of how far the partner is from the landmark that an agent tells it; the rest is on the mean of both. 0: both are paid the same.',
    ),
    steps: Steps,
    actions: Type.Union([Type.Literal('discrete'), Type.Literal('multiDiscrete'), Type.Literal('continuous')], {
      default: 'discrete',
      description:
        'discrete: one of 5 · words pairs of a move and a word. multiDiscrete: move and word apart, which has fewer outputs and explores each by itself. continuous: numbers in [0, 1], a force to each side and a strength for each word.',
    }),
  },
  { additionalProperties: false },
);
type ReferenceOptions = Static<typeof ReferenceOptions>;

/** How an agent sees the landmark that its partner has to go to: the first number at its place, the second elsewhere. */
const TOLD = 0.75;
const OTHER = 0.25;
const METRICS = ['distance', 'finalDistance'] as const;

/** Two agents, each of whom knows the landmark of the other and can tell it: with d_i the distance of agent i's partner to the
 *  landmark that i knows, reward_i = (1 − r)·(−(d_0 + d_1) / 2) − r·d_i. Source: Farama MPE2 1.1, simple_reference_v3.
 *  See docs/environments/simple-reference-v1.md. */
export const simpleReference: EnvironmentDefinition<ReferenceOptions> = defineBatchedEnvironment({
  id: 'simple-reference-v1',
  description: 'Two agents go to landmarks that only the other one knows, and talk about them (MPE).',
  options: ReferenceOptions,
  create: createReference,
});

function createReference({ landmarks, words, localRatio, steps, actions }: ReferenceOptions): Environment {
  const n = 2;
  const world = createWorld(
    new Array(n).fill({ radius: 0.05, collides: false, sensitivity: 5 }),
    new Array(landmarks).fill({ radius: 0.05, collides: false }),
  );
  const reader = createActionReader(actions, { moves: true, words });
  const features = 2 + 2 * landmarks + landmarks + words;
  const agents: readonly AgentSpec[] = Array.from({ length: n }, (_, i) => ({
    id: `agent-${i}`,
    observationSpace: box(features),
    actionSpace: reader.space,
  }));
  const global = joinObservations(agents);
  const distances = new Float64Array(n);

  /** | velocity 2 | each landmark 2 | the landmark of the partner, as many as landmarks | what the partner says | */
  const observe = (batch: EnvironmentBatch, b: number, spoken: boolean): void => {
    const { position, velocity, goal } = batch.state;
    const from = b * world.places;
    for (let i = 0; i < n; i++) {
      const seen = batch.observation[i];
      let at = writePair(seen, b * features, velocity, b * world.speeds + 2 * i);
      at = writeEachRelative(seen, at, position, from + 2 * i, from + world.speeds, from + world.places);
      const told = at + goal[b * n + i];
      at = writeSame(seen, at, OTHER, landmarks);
      seen[told] = TOLD;
      if (spoken) reader.readWords(batch.action[1 - i], b, seen, at);
      else writeSame(seen, at, 0, words);
    }
    global.join(batch, b);
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const { step, distance } = batch.state;
    if (++step[b] < steps) return;
    batch.truncated[b] = 1;
    for (let i = 0; i < n; i++) {
      const metric = batch.episodeMetric[i];
      metric[b * METRICS.length] = distance[b * n + i] / steps;
      metric[b * METRICS.length + 1] = distances[1 - i];
    }
  };

  return {
    agents,
    state: {
      ...world.state,
      goal: { dtype: 'i32', shape: [n] },
      step: { dtype: 'i32' },
      distance: { dtype: 'f64', shape: [n] },
    },
    globalState: global.space,
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { goal, step, distance } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        for (let i = 0; i < n; i++) goal[b * n + i] = random.integer(landmarks);
        world.scatter(batch.state, b, random);
        step[b] = 0;
        distance.fill(0, b * n, (b + 1) * n);
        observe(batch, b, false);
      }
    },
    step(batch) {
      const { position, goal, distance } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const from = b * world.places;
        for (let i = 0; i < n; i++) reader.readMove(batch.action[i], b, world.push, 2 * i);
        world.advance(batch.state, b);
        for (let i = 0; i < n; i++) {
          const partner = 1 - i;
          distances[i] = distanceBetween(position, from + 2 * partner, from + 2 * (n + goal[b * n + i]));
          distance[b * n + partner] += distances[i];
        }
        const all = -(distances[0] + distances[1]) / n;
        for (let i = 0; i < n; i++) batch.reward[i][b] = all * (1 - localRatio) - distances[i] * localRatio;
        finish(batch, b);
        observe(batch, b, true);
      }
    },
  };
}
