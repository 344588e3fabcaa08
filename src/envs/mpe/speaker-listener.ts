import { type Static, Type } from 'typebox';
import { box } from '../../spaces/index.js';
import { defineBatchedEnvironment } from '../definition.js';
import type { AgentSpec, Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';
import { createActionReader, MoveActions } from './actions.js';
import { joinObservations, writeEachRelative, writePair, writeSame } from './observation.js';
import { NamedLandmarks, Steps, Words } from './options.js';
import { createWorld } from './world.js';

const SpeakerListenerOptions = Type.Object(
  { landmarks: NamedLandmarks, words: Words(3), steps: Steps, actions: MoveActions },
  { additionalProperties: false },
);
type SpeakerListenerOptions = Static<typeof SpeakerListenerOptions>;

/** How the speaker sees the goal: the first number at its place, the second elsewhere. */
const GOAL = 0.65;
const OTHER = 0.15;
const METRICS = ['distance', 'finalDistance'] as const;

/** A speaker, who cannot move, knows which landmark the listener has to go to: both are paid −d², d the listener's distance to
 *  it. Source: Farama MPE2 1.1, simple_speaker_listener_v4. See docs/environments/simple-speaker-listener-v1.md. */
export const simpleSpeakerListener: EnvironmentDefinition<SpeakerListenerOptions> = defineBatchedEnvironment({
  id: 'simple-speaker-listener-v1',
  description: 'A speaker names the landmark that a listener has to go to (MPE).',
  options: SpeakerListenerOptions,
  create: createSpeakerListener,
});

function createSpeakerListener({ landmarks, words, steps, actions }: SpeakerListenerOptions): Environment {
  // Where the speaker stands plays no part in anything, so the listener is alone with the landmarks.
  const world = createWorld(
    [{ radius: 0.075, collides: false, sensitivity: 5 }],
    new Array(landmarks).fill({ radius: 0.04, collides: false }),
  );
  const speaker = createActionReader(actions, { moves: false, words });
  const listener = createActionReader(actions, { moves: true, words: 0 });
  const features = 2 + 2 * landmarks + words;
  const agents: readonly AgentSpec[] = [
    { id: 'speaker-0', observationSpace: box(landmarks), actionSpace: speaker.space },
    { id: 'listener-0', observationSpace: box(features), actionSpace: listener.space },
  ];
  const global = joinObservations(agents);

  /** Speaker: | the goal, as many as landmarks |. Listener: | velocity 2 | each landmark 2 | what the speaker says | */
  const observe = (batch: EnvironmentBatch, b: number, spoken: boolean): void => {
    const { position, velocity, goal } = batch.state;
    const from = b * world.places;
    const [told, seen] = batch.observation;
    writeSame(told, b * landmarks, OTHER, landmarks);
    told[b * landmarks + goal[b]] = GOAL;
    let at = writePair(seen, b * features, velocity, b * world.speeds);
    at = writeEachRelative(seen, at, position, from, from + world.speeds, from + world.places);
    if (spoken) speaker.readWords(batch.action[0], b, seen, at);
    else writeSame(seen, at, 0, words);
    global.join(batch, b);
  };

  const finish = (batch: EnvironmentBatch, b: number, last: number): void => {
    const { step, distance } = batch.state;
    if (++step[b] < steps) return;
    batch.truncated[b] = 1;
    for (const metric of batch.episodeMetric) {
      metric[b * METRICS.length] = distance[b] / steps;
      metric[b * METRICS.length + 1] = last;
    }
  };

  return {
    agents,
    state: { ...world.state, goal: { dtype: 'i32' }, step: { dtype: 'i32' }, distance: { dtype: 'f64' } },
    globalState: global.space,
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { goal, step, distance } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        goal[b] = random.integer(landmarks);
        world.scatter(batch.state, b, random);
        step[b] = 0;
        distance[b] = 0;
        observe(batch, b, false);
      }
    },
    step(batch) {
      const { position, goal, distance } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const from = b * world.places;
        listener.readMove(batch.action[1], b, world.push, 0);
        world.advance(batch.state, b);
        const target = from + 2 * (1 + goal[b]);
        const x = position[from] - position[target];
        const y = position[from + 1] - position[target + 1];
        const squared = x * x + y * y;
        const away = Math.sqrt(squared);
        batch.reward[0][b] = -squared;
        batch.reward[1][b] = -squared;
        distance[b] += away;
        finish(batch, b, away);
        observe(batch, b, true);
      }
    },
  };
}
