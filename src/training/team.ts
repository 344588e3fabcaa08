import type { RandomStream } from '../base/index.js';
import { createEnvironmentCatalog, type EnvironmentDefinition } from '../envs/index.js';
import type { JobSpec } from '../jobs/index.js';
import { createKernels, type F32, type Kernels } from '../kernels/index.js';
import { elementSize } from '../spaces/index.js';
import { ActingPolicies } from './acting.js';
import { trainingError } from './errors.js';
import { Memories } from './memories.js';
import type { Models } from './models.js';
import { planJob } from './plan.js';

export interface ActOptions {
  /** Action mask of the agent, 1 = legal, where the environment masks the agent; absent allows everything. */
  readonly mask?: ArrayLike<number>;
  /** Draws the action; absent takes the policy's mode. */
  readonly sample?: RandomStream;
}

/** Trained policies, ready to act one observation at a time. Those with a memory remember, agent by agent, what they acted on since the
 *  episode began. */
export interface Team {
  readonly agents: readonly string[];
  /** An episode begins: nobody remembers anything. So it is at first. */
  begin(): void;
  /** The agent's action: as many numbers as its action space has. Throws TEAM_AGENT_UNKNOWN, TEAM_OBSERVATION_INVALID. */
  act(agent: string, observation: ArrayLike<number>, options?: ActOptions): Float32Array;
  /** Natural logarithm of the probability with which the agent takes this action, or of its density where actions are boxes;
   *  added up over active levels. Nothing that is asked here is remembered. Throws as `act`. */
  logProbability(
    agent: string,
    observation: ArrayLike<number>,
    action: ArrayLike<number>,
    options?: Pick<ActOptions, 'mask'>,
  ): number;
}

interface Seat {
  readonly index: number;
  /** What the environment shows the agent; who it is follows, where its policy asks for it. */
  readonly features: number;
  readonly observation: F32;
  readonly action: F32;
  readonly logProb: F32;
  readonly entropy: F32;
  readonly noise: F32;
  readonly mask: Uint8Array;
}

/** The team of a job with given weights, as `TrainingResult.weights` or a checkpoint has them: policy id → f32 parameters.
 *  It acts on the kernels, whatever the job learned on: their results and TensorFlow's differ by rounding only.
 *  Throws TRAINING_CHECKPOINT_INCOMPLETE when a policy is missing or has another size. */
export function createTeam(
  spec: JobSpec,
  weights: Readonly<Record<string, Float32Array>>,
  environments: readonly EnvironmentDefinition[] = [],
  models?: Models,
): Team {
  const kernels: Kernels = createKernels('auto');
  const plan = planJob('team', spec, createEnvironmentCatalog(environments), models);
  const policies = new ActingPolicies(kernels, plan);
  policies.load(concatenate(plan.policies.map(({ policyId }, p) => [policyId, policies.sizes[p]!, weights[policyId]])));
  const memories = new Memories(kernels, policies.ofAgent, 1);
  const seats = new Map<string, Seat>();
  plan.environment.agents.forEach((agent, index) => {
    const { policy } = policies.ofAgent[index]!;
    const identity = plan.identities[index]!;
    const features = elementSize(agent.observationSpace) - identity.length;
    const observation = kernels.f32(features + identity.length);
    observation.set(identity, features);
    seats.set(agent.id, {
      index,
      features,
      observation,
      action: kernels.f32(policy.actionSize),
      logProb: kernels.f32(policy.levelCount),
      entropy: kernels.f32(policy.levelCount),
      noise: kernels.f32(Math.max(1, policy.noiseSize)),
      mask: new Uint8Array(policy.maskSize),
    });
  });
  /** The agent's seat, with what it sees and may do laid out. */
  const seated = (agent: string, observation: ArrayLike<number>, mask: ArrayLike<number> | undefined): Seat => {
    const seat = seats.get(agent);
    if (seat === undefined) {
      throw trainingError(
        'TEAM_AGENT_UNKNOWN',
        `no agent "${agent}" in this team; there are ${[...seats.keys()].join(', ')}`,
      );
    }
    assertObservation(agent, observation, seat.features);
    seat.observation.set(observation);
    if (seat.mask.length > 0) {
      assertMask(agent, mask, seat.mask.length);
      if (mask === undefined) seat.mask.fill(1);
      else seat.mask.set(mask);
    }
    return seat;
  };
  return {
    agents: [...seats.keys()],
    begin: () => memories.forgetAll(),
    act(agent, observation, options = {}) {
      const seat = seated(agent, observation, options.mask);
      const { policy, parameters } = policies.ofAgent[seat.index]!;
      const memory = memories.ofAgent[seat.index];
      if (options.sample === undefined) {
        policy.actMode(parameters, seat.observation, seat.mask, seat.action, 1, memory);
      } else {
        policies.drawNoise(seat.index, options.sample, seat.noise, 1);
        policy.act(parameters, seat.observation, seat.mask, seat.noise, seat.action, seat.logProb, 1, memory);
      }
      return new Float32Array(seat.action);
    },
    logProbability(agent, observation, action, options = {}) {
      const seat = seated(agent, observation, options.mask);
      const { policy, parameters } = policies.ofAgent[seat.index]!;
      seat.action.set(action);
      const memory = memories.ofAgent[seat.index];
      const before = memory?.state.slice();
      policy.evaluate(parameters, seat.observation, seat.mask, seat.action, seat.logProb, seat.entropy, 1, memory);
      if (before !== undefined) memory!.state.set(before);
      return seat.logProb.reduce((sum, logProb) => sum + logProb, 0);
    },
  };
}

function assertObservation(agent: string, observation: ArrayLike<number>, features: number): void {
  let wrong =
    observation.length === features ? '' : `has ${observation.length} numbers, but the agent sees ${features}`;
  for (let j = 0; j < observation.length && wrong === ''; j++) {
    if (!Number.isFinite(observation[j])) wrong = `has ${observation[j]} at ${j}; it must be finite`;
  }
  if (wrong !== '')
    throw trainingError('TEAM_OBSERVATION_INVALID', `the observation of agent "${agent}" ${wrong}`, {
      data: { agent },
    });
}

function assertMask(agent: string, mask: ArrayLike<number> | undefined, choices: number): void {
  if (mask === undefined || mask.length === choices) return;
  throw trainingError(
    'TEAM_OBSERVATION_INVALID',
    `the action mask of agent "${agent}" has ${mask.length} numbers, but the agent has ${choices} choices`,
    { data: { agent } },
  );
}

function concatenate(parts: readonly (readonly [string, number, Float32Array | undefined])[]): Uint8Array {
  const whole = new Float32Array(parts.reduce((sum, [, size]) => sum + size, 0));
  let offset = 0;
  for (const [policyId, size, weights] of parts) {
    if (weights?.length !== size) {
      const found = weights === undefined ? 'are missing' : `are ${weights.length} numbers instead of ${size}`;
      throw trainingError('TRAINING_CHECKPOINT_INCOMPLETE', `the weights of policy "${policyId}" ${found}`, {
        data: { policyId },
      });
    }
    whole.set(weights, offset);
    offset += size;
  }
  return new Uint8Array(whole.buffer);
}
