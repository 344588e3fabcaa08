import { type Static, Type } from 'typebox';
import { box } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { AgentSpec, Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';
import { createActionReader, MoveActions } from './actions.js';
import { joinObservations, writeEachRelative, writeRelative } from './observation.js';
import { LandmarksLikeAgents, Steps } from './options.js';
import { createWorld, distanceBetween } from './world.js';

const AdversaryOptions = Type.Object(
  {
    agents: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 128,
      description:
        'Good agents, who know the goal. More of them can cover more landmarks, to hide which one is the goal.',
    }),
    landmarks: LandmarksLikeAgents,
    steps: Steps,
    actions: MoveActions,
  },
  { additionalProperties: false },
);
type AdversaryOptions = Static<typeof AdversaryOptions>;

const METRICS = ['goalDistance', 'nearestDistance'] as const;

/** Good agents know which landmark is the goal, the adversary does not. d_i is the distance of agent i to the goal, agent 0 the
 *  adversary: reward_0 = −d_0, every other reward is d_0 − min_{i > 0} d_i. Nobody collides.
 *  Source: Farama MPE2 1.1, simple_adversary_v3. See docs/environments/simple-adversary-v1.md. */
export const simpleAdversary: EnvironmentDefinition<AdversaryOptions> = defineBatchedEnvironment({
  id: 'simple-adversary-v1',
  description: 'Agents go to a goal that an adversary wants to reach and has to guess from what they do (MPE).',
  options: AdversaryOptions,
  create: createAdversary,
});

function createAdversary({ agents: good, landmarks, steps, actions }: AdversaryOptions): Environment {
  const n = good + 1;
  const places = landmarks === 'agents' ? good : landmarks;
  const world = createWorld(
    new Array(n).fill({ radius: 0.15, collides: false, sensitivity: 5 }),
    new Array(places).fill({ radius: 0.08, collides: false }),
  );
  const reader = createActionReader(actions, { moves: true, words: 0 });
  const seenByAll = 2 * places + 2 * (n - 1);
  const agents: readonly AgentSpec[] = Array.from({ length: n }, (_, i) => ({
    id: i === 0 ? 'adversary-0' : `agent-${i - 1}`,
    observationSpace: box(i === 0 ? seenByAll : 2 + seenByAll),
    actionSpace: reader.space,
  }));
  const global = joinObservations(agents);
  const distances = new Float64Array(n);

  /** | the goal 2, seen by good agents only | each landmark 2 | each other agent 2 | */
  const observe = (batch: EnvironmentBatch, b: number): void => {
    const { position, goal } = batch.state;
    const from = b * world.places;
    for (let i = 0; i < n; i++) {
      const seen = batch.observation[i];
      const own = from + 2 * i;
      let at = i === 0 ? b * seenByAll : b * (2 + seenByAll);
      if (i > 0) at = writeRelative(seen, at, position, own, from + 2 * (n + goal[b]));
      at = writeEachRelative(seen, at, position, own, from + world.speeds, from + world.places);
      at = writeEachRelative(seen, at, position, own, from, from + world.speeds);
    }
    global.join(batch, b);
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const { step, distance, nearest } = batch.state;
    if (++step[b] < steps) return;
    batch.truncated[b] = 1;
    for (let i = 0; i < n; i++) {
      const metric = batch.episodeMetric[i];
      metric[b * METRICS.length] = distance[b * n + i] / steps;
      metric[b * METRICS.length + 1] = nearest[b] / steps;
    }
  };

  return {
    agents,
    state: {
      ...world.state,
      goal: { dtype: 'i32' },
      step: { dtype: 'i32' },
      distance: { dtype: 'f64', shape: [n] },
      nearest: { dtype: 'f64' },
    },
    globalState: global.space,
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { goal, step, distance, nearest } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        goal[b] = random.integer(places);
        world.scatter(batch.state, b, random);
        step[b] = 0;
        distance.fill(0, b * n, (b + 1) * n);
        nearest[b] = 0;
        observe(batch, b);
      }
    },
    step(batch) {
      const { position, goal, distance, nearest } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const from = b * world.places;
        for (let i = 0; i < n; i++) reader.readMove(batch.action[i], b, world.push, 2 * i);
        world.advance(batch.state, b);
        const target = from + 2 * (n + goal[b]);
        let least = Infinity;
        for (let i = 0; i < n; i++) {
          distances[i] = distanceBetween(position, from + 2 * i, target);
          distance[b * n + i] += distances[i];
          if (i > 0) least = Math.min(least, distances[i]);
        }
        nearest[b] += least;
        batch.reward[0][b] = -distances[0];
        for (let i = 1; i < n; i++) batch.reward[i][b] = -least + distances[0];
        finish(batch, b);
        observe(batch, b);
      }
    },
  };
}
