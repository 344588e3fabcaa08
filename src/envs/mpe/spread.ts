import { type Static, Type } from 'typebox';
import { box } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { AgentSpec, Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';
import { createActionReader, MoveActions } from './actions.js';
import { joinObservations, writeEachRelative, writePair, writeSame } from './observation.js';
import { LandmarksLikeAgents, LocalRatio, Steps } from './options.js';
import { countTouches } from './touches.js';
import { createWorld, distanceBetween } from './world.js';

const SpreadOptions = Type.Object(
  {
    agents: Type.Integer({
      default: 3,
      minimum: 2,
      maximum: 128,
      description: 'Agents, N. Time per step grows with their pairs, and with agents · landmarks.',
    }),
    landmarks: LandmarksLikeAgents,
    localRatio: LocalRatio(
      'Weight of an agent’s own collisions in its reward; the rest is on what all are paid. 0: only covering counts, and all are paid the same.',
    ),
    steps: Steps,
    actions: MoveActions,
  },
  { additionalProperties: false },
);
type SpreadOptions = Static<typeof SpreadOptions>;

const RADIUS = 0.15;
const REACH = RADIUS + RADIUS;
/** A landmark is covered while an agent is nearer than this. */
const COVERED = 0.1;
/** Words that nobody says, which MPE2 shows all the same. */
const SILENT_WORDS = 2;
const METRICS = ['collisions', 'landmarkDistance', 'covered'] as const;

/** N agents cover the landmarks without touching: reward_i = (1 − r)·(−Σ_l min_j |p_j − p_l|) − r·(agents that i touches).
 *  Source: Farama MPE2 1.1, simple_spread_v3. See docs/environments/simple-spread-v1.md. */
export const simpleSpread: EnvironmentDefinition<SpreadOptions> = defineBatchedEnvironment({
  id: 'simple-spread-v1',
  description: 'n agents spread over n landmarks without touching each other (MPE).',
  options: SpreadOptions,
  create: createSpread,
});

function createSpread({ agents: n, landmarks, localRatio, steps, actions }: SpreadOptions): Environment {
  const targets = landmarks === 'agents' ? n : landmarks;
  const world = createWorld(
    new Array(n).fill({ radius: RADIUS, collides: true, sensitivity: 5 }),
    new Array(targets).fill({ radius: 0.05, collides: false }),
  );
  const reader = createActionReader(actions, { moves: true, words: 0 });
  const features = 4 + 2 * targets + (2 + SILENT_WORDS) * (n - 1);
  const agents: readonly AgentSpec[] = Array.from({ length: n }, (_, i) => ({
    id: `agent-${i}`,
    observationSpace: box(features),
    actionSpace: reader.space,
  }));
  const global = joinObservations(agents);
  const touches = new Int32Array(n);

  /** | velocity 2 | place 2 | each landmark 2 | each other agent 2 | 0 for the words of each other agent 2 | */
  const observe = (batch: EnvironmentBatch, b: number): void => {
    const { position, velocity } = batch.state;
    const from = b * world.places;
    for (let i = 0; i < n; i++) {
      const seen = batch.observation[i];
      const own = from + 2 * i;
      let at = writePair(seen, b * features, velocity, b * world.speeds + 2 * i);
      at = writePair(seen, at, position, own);
      at = writeEachRelative(seen, at, position, own, from + world.speeds, from + world.places);
      at = writeEachRelative(seen, at, position, own, from, from + world.speeds);
      writeSame(seen, at, 0, SILENT_WORDS * (n - 1));
    }
    global.join(batch, b);
  };

  return {
    agents,
    state: {
      ...world.state,
      step: { dtype: 'i32' },
      collisions: { dtype: 'i32', shape: [n] },
      distance: { dtype: 'f64' },
    },
    globalState: global.space,
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { step, collisions, distance } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        world.scatter(batch.state, b, random);
        step[b] = 0;
        collisions.fill(0, b * n, (b + 1) * n);
        distance[b] = 0;
        observe(batch, b);
      }
    },
    step(batch) {
      const { position, step, collisions, distance } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const from = b * world.places;
        for (let i = 0; i < n; i++) reader.readMove(batch.action[i], b, world.push, 2 * i);
        world.advance(batch.state, b);
        let far = 0;
        let covered = 0;
        for (let l = n; l < n + targets; l++) {
          let nearest = Infinity;
          for (let i = 0; i < n; i++) {
            nearest = Math.min(nearest, distanceBetween(position, from + 2 * i, from + 2 * l));
          }
          far += nearest;
          if (nearest < COVERED) covered++;
        }
        countTouches(touches, position, from, REACH, n, 0);
        distance[b] += far;
        for (let i = 0; i < n; i++) {
          batch.reward[i][b] = -far * (1 - localRatio) - touches[i] * localRatio;
          collisions[b * n + i] += touches[i];
        }
        if (++step[b] >= steps) {
          batch.truncated[b] = 1;
          for (let i = 0; i < n; i++) {
            const metric = batch.episodeMetric[i];
            metric[b * METRICS.length] = collisions[b * n + i];
            metric[b * METRICS.length + 1] = distance[b] / (steps * targets);
            metric[b * METRICS.length + 2] = covered / targets;
          }
        }
        observe(batch, b);
      }
    },
  };
}
