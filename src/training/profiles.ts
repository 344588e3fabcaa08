import { RandomStream } from '../base/index.js';
import type { ActionProfile, Environment } from '../envs/index.js';
import type { F32, Kernels } from '../kernels/index.js';
import { activeLevels, elementSize, levelCount, maskSize, placeLevels, type Space } from '../spaces/index.js';
import type { ActingPolicies } from './acting.js';
import type { ProfileEvaluation } from './events.js';
import { Memories } from './memories.js';
import { PURPOSE } from './purposes.js';

/** Actions sampled at each point, so that a mean is known to a sixteenth of the policy's standard deviation. */
export const PROFILE_SAMPLES = 256;
/** Significant digits that are told: more than the samples know, and few characters in an event. */
const DIGITS = 5;

/** Samples the policies along the environment's profiles, whatever their masks would forbid in play, and as at the start of an episode
 *  where they have a memory. The draws are of each
 *  profile's own stream: the same seed gives the same numbers. */
export function sampleProfiles(
  kernels: Kernels,
  environment: Environment,
  policies: Pick<ActingPolicies, 'ofAgent' | 'drawNoise'>,
  seed: number,
): readonly ProfileEvaluation[] {
  return (environment.profiles ?? []).map((profile, p) => {
    const { agent, label, quantity, points, reference } = profile;
    const sampled = sampleProfile(kernels, environment, policies, profile, new RandomStream(seed, PURPOSE.profile, p));
    return { agent, label, quantity, points, ...sampled, ...(reference === undefined ? {} : { reference }) };
  });
}

function sampleProfile(
  kernels: Kernels,
  { agents }: Environment,
  policies: Pick<ActingPolicies, 'ofAgent' | 'drawNoise'>,
  { agent: agentId, observations, element }: ActionProfile,
  random: RandomStream,
): Pick<ProfileEvaluation, 'mean' | 'participation'> {
  const S = PROFILE_SAMPLES;
  const agent = agents.findIndex(({ id }) => id === agentId);
  const { actionSpace, observationSpace, masked } = agents[agent]!;
  const { policy, parameters } = policies.ofAgent[agent]!;
  const F = elementSize(observationSpace);
  const A = elementSize(actionSpace);
  const takesPart = participationIn(actionSpace, element);
  const mask = new Uint8Array(masked ? S * maskSize(actionSpace) : 0).fill(1);
  const observation = kernels.f32(S * F);
  const noise = kernels.f32(S * policy.noiseSize);
  const actions = kernels.f32(S * A);
  const logProbs = kernels.f32(S * levelCount(actionSpace));
  const memories = new Memories(kernels, [{ policy }], S);
  const mean: (number | null)[] = [];
  const participation: number[] = [];
  try {
    for (const row of observations) {
      for (let s = 0; s < S; s++) observation.set(row, s * F);
      policies.drawNoise(agent, random, noise, S);
      memories.forgetAll();
      policy.act(parameters, observation, mask, noise, actions, logProbs, S, memories.ofAgent[0]);
      let count = 0;
      let sum = 0;
      for (let s = 0; s < S; s++) {
        if (!takesPart(actions, s * A)) continue;
        count++;
        sum += actions[s * A + element]!;
      }
      mean.push(count === 0 ? null : round(sum / count));
      participation.push(round(count / S));
    }
  } finally {
    memories.dispose();
    for (const array of [observation, noise, actions, logProbs]) kernels.free(array);
  }
  return { mean, participation };
}

/** Whether an element counts in the action at actions[at…]: its level is active, a composite action does not pass. */
function participationIn(space: Space, element: number): (actions: F32, at: number) => boolean {
  if (space.kind === 'composite') return (actions, at) => actions[at] !== 0;
  if (space.kind !== 'hierarchical') return () => true;
  const levels = placeLevels(space);
  const own = levels.findIndex(({ offset, size }) => element >= offset && element < offset + size);
  const active = new Uint8Array(levels.length);
  return (actions, at) => {
    activeLevels(levels, actions, at, active, 0);
    return active[own] !== 0;
  };
}

const round = (value: number): number => Number(value.toPrecision(DIGITS));
