import type { EnvironmentBatch } from '../envs/index.js';
import { type ReturnHeads, sumHeads } from './agent-metrics.js';
import { RECORDED_STEPS, type RecordedGame, type RecordedSteps } from './events.js';

/** Games of further instances, where a game is a single step. */
const FURTHER_GAMES = 31;
/** Significant digits of observations: enough for pictures, and few characters in an event. */
const DIGITS = 6;
/** What the steps of an event should not exceed as JSON. Actions and rewards are always there, observations and further games as
 *  long as there is room. */
const ROOM = 60_000;
/** Of an action or a reward, which are told as they are, and of an observation, with what separates them. */
const CHARACTERS = { exact: 22, rounded: 10 } as const;

interface Steps extends RecordedSteps {
  readonly actions: Record<string, number[][]>;
  readonly rewards: Record<string, number[]>;
  readonly observations: Record<string, number[][]>;
}

/** Keeps the first game of instance 0 for pictures; and where that is over after one step, the games of the instances after it that
 *  were over with it. */
export class GameRecorder {
  readonly #batch: EnvironmentBatch;
  readonly #returnHeads: ReturnHeads;
  readonly #first: Steps;
  readonly #further: Steps;
  /** Characters of a step's actions and rewards, and of its observations. */
  readonly #exact: number;
  readonly #rounded: number;
  /** seen[agent]: f32[games, F], what agents saw before the step in progress. */
  readonly #seen: readonly Float32Array[];
  #room = ROOM;
  /** Steps of the first game, and games that followed it. */
  #steps = 0;
  #games = 0;
  #recording = true;

  constructor(batch: EnvironmentBatch, returnHeads: ReturnHeads) {
    this.#batch = batch;
    this.#returnHeads = returnHeads;
    this.#first = noSteps(batch);
    this.#further = noSteps(batch);
    const numbers = (arrays: readonly Float32Array[]): number =>
      arrays.reduce((sum, { length }) => sum + length / batch.instances, 0);
    this.#exact = CHARACTERS.exact * (numbers(batch.action) + batch.agents.length);
    this.#rounded = CHARACTERS.rounded * numbers(batch.observation);
    const games = Math.min(batch.instances, 1 + FURTHER_GAMES);
    this.#seen = batch.observation.map(({ length }) => new Float32Array((length / batch.instances) * games));
  }

  get recording(): boolean {
    return this.#recording;
  }

  /** Before a step: observations are overwritten by it. */
  look(): void {
    this.#seen.forEach((seen, agent) => {
      const observation = this.#batch.observation[agent]!;
      // Of later steps, only those of instance 0 can be wanted.
      const length = this.#steps === 0 ? seen.length : observation.length / this.#batch.instances;
      for (let j = 0; j < length; j++) seen[j] = observation[j]!;
    });
  }

  /** After a step, before ended instances are reset. */
  add(): void {
    this.#put(this.#first, 0);
    if (++this.#steps >= RECORDED_STEPS) this.#recording = false;
  }

  /** After `add`, where the step has ended instance 0. `ended`: the instances that it ended, ascending. */
  end(ended: Int32Array, count: number): void {
    this.#recording = false;
    if (this.#steps > 1) return;
    for (let e = 0; e < count; e++) {
      const b = ended[e]!;
      if (b === 0) continue;
      if (b > FURTHER_GAMES || this.#room < this.#exact + this.#rounded) return;
      this.#put(this.#further, b);
      this.#games++;
    }
  }

  /** The game was cut off, not ended. */
  stop(): void {
    this.#recording = false;
  }

  game(): RecordedGame {
    // A game that went on for long has less room for observations than its first steps left.
    const observed = Math.max(0, Math.floor((ROOM - this.#exact * this.#steps) / this.#rounded));
    const further = this.#games > 0 ? { further: told(this.#further, this.#games) } : {};
    return { ...told(this.#first, observed), ...further };
  }

  #put({ actions, rewards, observations }: Steps, b: number): void {
    const { agents, instances, action, reward, observation } = this.#batch;
    this.#room -= this.#exact + this.#rounded;
    const observed = this.#room >= 0;
    agents.forEach(({ id }, agent) => {
      const A = action[agent]!.length / instances;
      const H = reward[agent]!.length / instances;
      const F = observation[agent]!.length / instances;
      actions[id]!.push(Array.from(action[agent]!.subarray(b * A, (b + 1) * A)));
      rewards[id]!.push(sumHeads(this.#returnHeads, reward[agent]!, b * H));
      if (observed) observations[id]!.push(Array.from(this.#seen[agent]!.subarray(b * F, (b + 1) * F), round));
    });
  }
}

function noSteps({ agents }: EnvironmentBatch): Steps {
  const perAgent = <T>(): Record<string, T[]> => Object.fromEntries(agents.map(({ id }) => [id, []]));
  return { actions: perAgent(), rewards: perAgent(), observations: perAgent() };
}

/** With the observations of at most so many steps. */
function told({ actions, rewards, observations }: Steps, most: number): RecordedSteps {
  for (const steps of Object.values(observations)) steps.length = Math.min(steps.length, most);
  const any = Object.values(observations).some(({ length }) => length > 0);
  return any ? { actions, rewards, observations } : { actions, rewards };
}

const round = (value: number): number => Number(value.toPrecision(DIGITS));
