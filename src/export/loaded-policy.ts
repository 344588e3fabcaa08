import { RandomStream } from '../base/index.js';
import { createPlainKernels, type F32, type Kernels } from '../kernels/index.js';
import type { BoxSpace, Space } from '../spaces/index.js';
import type { PolicyCard } from './card.js';
import { givenSize } from './description.js';
import { exportError } from './errors.js';
import { type MadePolicy, makePolicy } from './parameters.js';

export interface PolicyActOptions {
  /** u8 or numbers [B, M], 1 = legal; absent: everything is. For policies whose environment masks them. */
  readonly mask?: ArrayLike<number>;
  /** Draws the actions, from 0 to 2⁵³ − 1: the same seed, index and observations give the same ones. Absent: the modes. */
  readonly seed?: number;
  /** Which draw under this seed it is: that of a step, for instance. Default 0. */
  readonly index?: number;
  /** The agent that acts: needed where the policy's agents are told apart by what they see of themselves. */
  readonly agent?: string;
  /** f32[B, S]: what a recurrent policy remembers, zeros where an episode begins; it is carried on in place. */
  readonly state?: Float32Array;
  /** Where the actions are to be written; default: a new array. */
  readonly out?: Float32Array;
}

/** A policy that acts. Letters: B rows, F observationSize, A actionSize, M maskSize, S stateSize. Not for several threads at once. */
export interface LoadedPolicy {
  readonly card: PolicyCard;
  /** As the environment shows it: without what agents see of themselves. */
  readonly observationSize: number;
  readonly observationSpace: BoxSpace;
  readonly actionSpace: Space;
  readonly actionSize: number;
  /** 0 where there is nothing to mask. */
  readonly maskSize: number;
  /** Numbers that a recurrent policy remembers from one step to the next; 0 where it acts on the present observation alone. */
  readonly stateSize: number;
  readonly agents: readonly string[];
  /** The action f32[A] for one observation [F]. Throws POLICY_INPUT_INVALID, POLICY_MASK_EMPTY, POLICY_BOUNDS_CROSSED, and
   *  RANDOM_KEY_INVALID for a seed or index out of range. */
  act(observation: ArrayLike<number>, options?: PolicyActOptions): Float32Array;
  /** The actions f32[B, A] for observations [B, F], of one draw. Throws as `act`. */
  actBatch(observations: ArrayLike<number>, rows: number, options?: PolicyActOptions): Float32Array;
  /** Gives its arrays back to the kernels. */
  dispose(): void;
}

export interface LoadedPolicyOptions {
  /** Default: plain kernels, which run anywhere and give the same bits as all others. */
  readonly kernels?: Kernels;
  /** Rows that are walked through the network at a time; changes no bit. */
  readonly maxRows?: number;
}

const DEFAULT_ROWS = 64;
const PURPOSE = 'policy';

/** The policy of a card and its parameters, ready to act. Throws POLICY_FILE_MISMATCH, and what its law and network throw; the kernels
 *  are then as they were. */
export function createLoadedPolicy(
  card: PolicyCard,
  parameters: Float32Array,
  { kernels = createPlainKernels(), maxRows = DEFAULT_ROWS }: LoadedPolicyOptions = {},
): LoadedPolicy {
  return kernels.allOrNothing(
    () => new CardPolicy(kernels, card, makePolicy(kernels, card.policy, parameters, maxRows)),
  );
}

/** Arrays of one call, kept for the next of at most as many rows. */
interface Rows {
  readonly capacity: number;
  readonly observation: F32;
  readonly action: F32;
  readonly noise: F32;
  readonly logProb: F32;
  readonly mask: Uint8Array;
  readonly state: F32;
}

class CardPolicy implements LoadedPolicy {
  readonly card: PolicyCard;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly maskSize: number;
  readonly stateSize: number;
  private readonly kernels: Kernels;
  private readonly made: MadePolicy;
  private rows: Rows;

  constructor(kernels: Kernels, card: PolicyCard, made: MadePolicy) {
    this.card = card;
    this.kernels = kernels;
    this.made = made;
    this.observationSize = givenSize(card.policy);
    this.actionSize = made.policy.actionSize;
    this.maskSize = made.policy.maskSize;
    this.stateSize = made.policy.stateSize;
    this.rows = this.allocate(1);
  }

  get observationSpace(): BoxSpace {
    return this.card.policy.observationSpace;
  }

  get actionSpace(): Space {
    return this.card.policy.actionSpace;
  }

  get agents(): readonly string[] {
    return this.card.policy.agents;
  }

  act(observation: ArrayLike<number>, options: PolicyActOptions = {}): Float32Array {
    return this.actBatch(observation, 1, options);
  }

  actBatch(observations: ArrayLike<number>, rows: number, options: PolicyActOptions = {}): Float32Array {
    const { policy, parameters } = this.made;
    const { seed, index = 0, out } = options;
    this.assertRows(observations, rows);
    if (seed === undefined && options.index !== undefined) {
      throw inputInvalid(
        `index ${index} tells draws under a seed apart, and no seed was given: pass one, or leave index out`,
      );
    }
    const size = rows * this.actionSize;
    if (out !== undefined && out.length < size) {
      throw inputInvalid(`out has ${out.length} numbers, and ${rows} actions take ${size}`);
    }
    const arrays = this.reserve(rows);
    this.observe(observations, rows, options.agent);
    this.allow(options.mask, rows);
    this.remember(options.state, rows);
    const sequences = this.stateSize === 0 ? undefined : { steps: 1, state: arrays.state, starts: null };
    if (seed === undefined) {
      policy.actMode(parameters, arrays.observation, arrays.mask, arrays.action, rows, sequences);
    } else {
      const { observation, mask, noise, action, logProb } = arrays;
      const random = new RandomStream(seed, PURPOSE, index);
      const count = rows * policy.noiseSize;
      const position = random.takeBlocks(Math.ceil(count / 4));
      if (policy.noiseKind === 'normal') this.kernels.fillNormal(position, noise, count);
      else this.kernels.fillUniform(position, noise, count);
      policy.act(parameters, observation, mask, noise, action, logProb, rows, sequences);
    }
    const actions = out ?? new Float32Array(size);
    for (let k = 0; k < size; k++) actions[k] = arrays.action[k]!;
    const remembered = rows * this.stateSize;
    for (let k = 0; k < remembered; k++) options.state![k] = arrays.state[k]!;
    return actions;
  }

  dispose(): void {
    this.made.policy.dispose();
    this.kernels.free(this.made.parameters);
    this.release();
  }

  private assertRows(observations: ArrayLike<number>, rows: number): void {
    if (!Number.isSafeInteger(rows) || rows < 1)
      throw inputInvalid(`rows is ${rows}, and must be a whole number from 1`);
    const size = this.observationSize;
    if (observations.length !== rows * size) {
      const several = rows === 1 ? 'the observation has' : `the observations of ${rows} rows have`;
      throw inputInvalid(`${several} ${observations.length} numbers, and one is of ${size}`);
    }
  }

  /** Lays out what is seen, and who sees it. */
  private observe(observations: ArrayLike<number>, rows: number, agent: string | undefined): void {
    const { observation } = this.rows;
    const { agents, agentIds, policyId } = this.card.policy;
    const given = this.observationSize;
    const place = agent === undefined ? -1 : agents.indexOf(agent);
    if (place === -1 && (agentIds || agent !== undefined)) {
      const who = agent === undefined ? 'no agent was named' : `no agent "${agent}"`;
      throw inputInvalid(`${who} of policy "${policyId}", by which ${agents.slice(0, 16).join(', ')} act`);
    }
    const identity = agentIds ? agents.length : 0;
    for (let b = 0, from = 0, to = 0; b < rows; b++) {
      for (let j = 0; j < given; j++, from++, to++) {
        const value = observations[from]!;
        // In float32, as training saw them: 1e39 is not finite there.
        observation[to] = value;
        // What is no number would become one: null, which JSON has in the place of NaN, a 0.
        if (typeof value !== 'number' || !Number.isFinite(observation[to])) {
          throw inputInvalid(`the observation of row ${b} has ${value} at ${j}, and must be finite in float32`);
        }
      }
      for (let j = 0; j < identity; j++, to++) observation[to] = j === place ? 1 : 0;
    }
  }

  private allow(mask: ArrayLike<number> | undefined, rows: number): void {
    const size = rows * this.maskSize;
    const legal = this.rows.mask;
    if (mask === undefined) {
      legal.fill(1, 0, size);
      return;
    }
    if (mask.length !== size) {
      throw inputInvalid(
        `the action mask has ${mask.length} numbers, and ${rows} of this policy take ${size}${size === 0 ? ': it is not masked' : ''}`,
      );
    }
    for (let k = 0; k < size; k++) {
      const value = mask[k]!;
      if (value !== 0 && value !== 1) throw inputInvalid(`the action mask has ${value} at ${k}, and must have 0 or 1`);
      legal[k] = value;
    }
  }

  private remember(state: Float32Array | undefined, rows: number): void {
    const size = rows * this.stateSize;
    if (size === 0) return;
    if (state === undefined || state.length < size) {
      const found = state === undefined ? 'needs a state' : `was given a state of ${state.length} numbers`;
      throw inputInvalid(
        `the policy is recurrent and ${found}: pass one Float32Array of ${size}, zeros where an episode begins, again and again`,
      );
    }
    for (let k = 0; k < size; k++) {
      if (!Number.isFinite(state[k])) throw inputInvalid(`the state has ${state[k]} at ${k}, and must be finite`);
      this.rows.state[k] = state[k]!;
    }
  }

  private reserve(rows: number): Rows {
    if (rows > this.rows.capacity) {
      // In this order: what does not fit leaves the policy with the arrays that it had.
      const more = this.allocate(rows);
      this.release();
      this.rows = more;
    }
    return this.rows;
  }

  /** All of them, or none where one does not fit. */
  private allocate(capacity: number): Rows {
    const { kernels } = this;
    const { policy } = this.made;
    return kernels.allOrNothing(() => ({
      capacity,
      observation: kernels.f32(capacity * policy.observationSize),
      action: kernels.f32(capacity * policy.actionSize),
      noise: kernels.f32(Math.max(1, capacity * policy.noiseSize)),
      logProb: kernels.f32(capacity * policy.levelCount),
      mask: new Uint8Array(capacity * policy.maskSize),
      state: kernels.f32(capacity * policy.stateSize),
    }));
  }

  private release(): void {
    const { observation, action, noise, logProb, state } = this.rows;
    for (const array of [observation, action, noise, logProb, state]) this.kernels.free(array);
  }
}

const inputInvalid = (problem: string): Error => exportError('POLICY_INPUT_INVALID', problem);
