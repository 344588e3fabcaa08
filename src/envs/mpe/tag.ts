import { type Static, Type } from 'typebox';
import { expF64 } from '../../base/math/index.js';
import { box } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { AgentSpec, Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';
import { createActionReader, MoveActions } from './actions.js';
import { joinObservations, writeEachRelative, writePair } from './observation.js';
import { Steps } from './options.js';
import { countTouches } from './touches.js';
import { createWorld } from './world.js';

const TagOptions = Type.Object(
  {
    agents: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 64,
      description: 'Good agents, who run away. All adversaries are paid for each touch of any of them.',
    }),
    adversaries: Type.Integer({
      default: 3,
      minimum: 1,
      maximum: 64,
      description: 'Adversaries, who chase. They are slower, so one alone catches nobody who runs well.',
    }),
    obstacles: Type.Integer({
      default: 2,
      minimum: 0,
      maximum: 64,
      description: 'Large disks that nobody can pass through.',
    }),
    steps: Steps,
    actions: MoveActions,
  },
  { additionalProperties: false },
);
type TagOptions = Static<typeof TagOptions>;

const ADVERSARY = { radius: 0.075, collides: true, sensitivity: 3, maxSpeed: 1 } as const;
const GOOD = { radius: 0.05, collides: true, sensitivity: 4, maxSpeed: 1.3 } as const;
const OBSTACLE = { radius: 0.2, collides: true } as const;
const OBSTACLE_RANGE = 0.9;
const REACH = ADVERSARY.radius + GOOD.radius;
const TOUCH = 10;
const METRICS = ['touches', 'boundaryPenalty'] as const;

/** Slower adversaries chase faster good agents among obstacles: every touch pays each adversary 10 and costs the touched one
 *  10; good agents pay for leaving the square as well. Source: Farama MPE2 1.1, simple_tag_v3.
 *  See docs/environments/simple-tag-v1.md. */
export const simpleTag: EnvironmentDefinition<TagOptions> = defineBatchedEnvironment({
  id: 'simple-tag-v1',
  description: 'Slow adversaries chase faster agents among obstacles (MPE); all of them learn.',
  options: TagOptions,
  create: createTag,
});

function createTag({ agents: good, adversaries, obstacles, steps, actions }: TagOptions): Environment {
  const n = adversaries + good;
  const movers = [...new Array(adversaries).fill(ADVERSARY), ...new Array(good).fill(GOOD)];
  const world = createWorld(movers, new Array(obstacles).fill(OBSTACLE), OBSTACLE_RANGE);
  const reader = createActionReader(actions, { moves: true, words: 0 });
  const features = Int32Array.from(movers, (_, i) => {
    const othersSeenMoving = i < adversaries ? good : good - 1;
    return 4 + 2 * obstacles + 2 * (n - 1) + 2 * othersSeenMoving;
  });
  const agents: readonly AgentSpec[] = movers.map((_, i) => ({
    id: i < adversaries ? `adversary-${i}` : `agent-${i - adversaries}`,
    observationSpace: box(features[i]),
    actionSpace: reader.space,
  }));
  const global = joinObservations(agents);
  /** Of each agent with the other side. */
  const touches = new Int32Array(n);

  /** | velocity 2 | place 2 | each obstacle 2 | each other agent 2 | velocity of each other good agent 2 | */
  const observe = (batch: EnvironmentBatch, b: number): void => {
    const { position, velocity } = batch.state;
    const from = b * world.places;
    const speeds = b * world.speeds;
    for (let i = 0; i < n; i++) {
      const seen = batch.observation[i];
      const own = from + 2 * i;
      let at = writePair(seen, b * features[i], velocity, speeds + 2 * i);
      at = writePair(seen, at, position, own);
      at = writeEachRelative(seen, at, position, own, from + world.speeds, from + world.places);
      at = writeEachRelative(seen, at, position, own, from, from + world.speeds);
      for (let j = adversaries; j < n; j++) if (j !== i) at = writePair(seen, at, velocity, speeds + 2 * j);
    }
    global.join(batch, b);
  };

  const finish = (batch: EnvironmentBatch, b: number): void => {
    const { step, touched, penalty } = batch.state;
    if (++step[b] < steps) return;
    batch.truncated[b] = 1;
    for (let i = 0; i < n; i++) {
      const metric = batch.episodeMetric[i];
      metric[b * METRICS.length] = touched[b * n + i];
      metric[b * METRICS.length + 1] = penalty[b * n + i];
    }
  };

  return {
    agents,
    state: {
      ...world.state,
      step: { dtype: 'i32' },
      touched: { dtype: 'i32', shape: [n] },
      penalty: { dtype: 'f64', shape: [n] },
    },
    globalState: global.space,
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { step, touched, penalty } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        world.scatter(batch.state, b, random);
        step[b] = 0;
        touched.fill(0, b * n, (b + 1) * n);
        penalty.fill(0, b * n, (b + 1) * n);
        observe(batch, b);
      }
    },
    step(batch) {
      const { position, touched, penalty } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const from = b * world.places;
        for (let i = 0; i < n; i++) reader.readMove(batch.action[i], b, world.push, 2 * i);
        world.advance(batch.state, b);
        const all = countTouches(touches, position, from, REACH, adversaries, adversaries);
        for (let i = 0; i < n; i++) {
          touched[b * n + i] += touches[i];
          if (i < adversaries) {
            batch.reward[i][b] = TOUCH * all;
            continue;
          }
          const own = from + 2 * i;
          const outside = boundaryPenalty(position[own]) + boundaryPenalty(position[own + 1]);
          penalty[b * n + i] += outside;
          batch.reward[i][b] = -TOUCH * touches[i] - outside;
        }
        finish(batch, b);
        observe(batch, b);
      }
    },
  };
}

/** What a good agent pays for a coordinate x: 0 for |x| < 0.9, 10 (|x| − 0.9) below 1, then exp(2 |x| − 2), at most 10. */
function boundaryPenalty(x: number): number {
  const distance = Math.abs(x);
  if (distance < 0.9) return 0;
  return distance < 1 ? (distance - 0.9) * 10 : Math.min(expF64(2 * distance - 2), 10);
}
