import { nearestName } from '../base/index.js';
import { A2cOptions } from './a2c/options.js';
import { DdpgOptions } from './ddpg/options.js';
import { DqnOptions } from './dqn/options.js';
import { algorithmError } from './errors.js';
import { FixedOptions } from './fixed/options.js';
import { ImpalaOptions } from './impala/options.js';
import { maddpgReplay } from './maddpg/agents.js';
import { MaddpgOptions } from './maddpg/options.js';
import { MappoOptions } from './mappo/options.js';
import { NotebookOptions } from './notebook/options.js';
import { PoolOptions } from './pool/options.js';
import type { AlgorithmCapabilities, AlgorithmDefinition } from './port.js';
import { PpoOptions } from './ppo/options.js';
import { QmixOptions } from './qmix/options.js';
import { qmixReplay } from './qmix/state.js';
import { ReinforceOptions } from './reinforce/options.js';
import { SacOptions } from './sac/options.js';
import { transitionReplay } from './shared/off-policy-options.js';
import { teamValuesReplay, valuesReplay } from './shared/q-learning/replay.js';
import { Td3Options } from './td3/options.js';
import { VdnOptions } from './vdn/options.js';

const EVERY_SCHEDULE = ['lockstep', 'async'] as const;

/** Log-probabilities are enough, so that every space will do. */
const POLICY_GRADIENT: AlgorithmCapabilities = {
  onPolicy: true,
  actionSpaces: ['box', 'discrete', 'multiDiscrete', 'binary', 'hierarchical', 'composite'],
  critic: 'decentralized',
  schedules: EVERY_SCHEDULE,
  normalizesInputs: true,
  recurrent: true,
};

const Q_LEARNING: AlgorithmCapabilities = {
  onPolicy: false,
  actionSpaces: ['discrete', 'multiDiscrete', 'binary'],
  critic: 'decentralized',
  schedules: EVERY_SCHEDULE,
  distribution: 'epsilonGreedy',
};

const TEAM_Q_LEARNING: AlgorithmCapabilities = { ...Q_LEARNING, critic: 'centralized', joint: true };

const DETERMINISTIC_POLICY_GRADIENT: AlgorithmCapabilities = {
  onPolicy: false,
  actionSpaces: ['box'],
  critic: 'decentralized',
  schedules: EVERY_SCHEDULE,
  distribution: 'noisyDeterministic',
};

/** Acts by whatever weights there are. */
const WITHOUT_LEARNING: AlgorithmCapabilities = { ...POLICY_GRADIENT, critic: 'none' };

/** Every algorithm, without its numeric code: `load` brings that in. */
export const algorithmCatalog: readonly AlgorithmDefinition[] = [
  {
    id: 'ppo',
    description: 'Proximal policy optimization: clipped policy gradient with GAE and a value network per policy.',
    options: PpoOptions,
    capabilities: POLICY_GRADIENT,
    load: async () => (await import('./ppo/index.js')).algorithm,
  },
  {
    id: 'reinforce',
    description: 'Monte-Carlo policy gradient, with an optional learned baseline.',
    options: ReinforceOptions,
    capabilities: POLICY_GRADIENT,
    load: async () => (await import('./reinforce/index.js')).algorithm,
  },
  {
    id: 'a2c',
    description:
      'Advantage actor–critic: one pass over each batch with GAE, uncorrected for the age of the policy that acted.',
    options: A2cOptions,
    capabilities: POLICY_GRADIENT,
    load: async () => (await import('./a2c/index.js')).algorithm,
  },
  {
    id: 'impala',
    description:
      'Actor–critic with V-trace, which corrects for the age of the policy that acted: the rule of the asynchronous schedule.',
    options: ImpalaOptions,
    capabilities: POLICY_GRADIENT,
    load: async () => (await import('./impala/index.js')).algorithm,
  },
  {
    id: 'mappo',
    description: 'PPO whose value networks see what all agents see, in training only.',
    options: MappoOptions,
    capabilities: { ...POLICY_GRADIENT, critic: 'centralized' },
    globalStateOption: 'criticInput',
    load: async () => (await import('./mappo/index.js')).algorithm,
  },
  {
    id: 'dqn',
    description: 'Deep Q-learning, each policy by itself: action values out of a replay, with ε-greedy play.',
    options: DqnOptions,
    capabilities: Q_LEARNING,
    replay: valuesReplay,
    load: async () => (await import('./dqn/index.js')).algorithm,
  },
  {
    id: 'vdn',
    description: 'Value decomposition networks: Q-learning of a team whose value is the sum of its agents’ values.',
    options: VdnOptions,
    capabilities: TEAM_Q_LEARNING,
    replay: teamValuesReplay,
    load: async () => (await import('./vdn/index.js')).algorithm,
  },
  {
    id: 'qmix',
    description: 'Q-learning of a team whose value is a monotonic function, mixed by the state, of its agents’ values.',
    options: QmixOptions,
    capabilities: TEAM_Q_LEARNING,
    replay: qmixReplay,
    globalStateOption: 'mixerState',
    load: async () => (await import('./qmix/index.js')).algorithm,
  },
  {
    id: 'ddpg',
    description:
      'Deep deterministic policy gradient: a deterministic policy climbs a learned action value, out of a replay.',
    options: DdpgOptions,
    capabilities: DETERMINISTIC_POLICY_GRADIENT,
    replay: transitionReplay,
    load: async () => (await import('./ddpg/index.js')).algorithm,
  },
  {
    id: 'td3',
    description:
      'Twin delayed DDPG: the lesser of two critics, smoothed target actions, a policy that moves less often.',
    options: Td3Options,
    capabilities: DETERMINISTIC_POLICY_GRADIENT,
    replay: transitionReplay,
    load: async () => (await import('./td3/index.js')).algorithm,
  },
  {
    id: 'maddpg',
    description: 'Multi-agent DDPG: policies act on what they see, critics are trained on what all agents see and do.',
    options: MaddpgOptions,
    capabilities: {
      ...DETERMINISTIC_POLICY_GRADIENT,
      actionSpaces: ['box', 'discrete', 'multiDiscrete'],
      critic: 'centralized',
      joint: true,
      distributions: ['noisyDeterministic', 'categorical'],
    },
    replay: maddpgReplay,
    load: async () => (await import('./maddpg/index.js')).algorithm,
  },
  {
    id: 'sac',
    description: 'Soft actor-critic: twin critics and a policy that keeps its entropy, out of a replay.',
    options: SacOptions,
    capabilities: {
      onPolicy: false,
      actionSpaces: ['box', 'discrete'],
      critic: 'decentralized',
      schedules: EVERY_SCHEDULE,
      distributions: ['squashedGaussian', 'gaussian', 'categorical'],
      std: 'network',
    },
    replay: transitionReplay,
    load: async () => (await import('./sac/index.js')).algorithm,
  },
  {
    id: 'fixed',
    description: 'Learns nothing: a frozen opponent or partner, usually with `initial` weights of an earlier job.',
    options: FixedOptions,
    capabilities: WITHOUT_LEARNING,
    load: async () => (await import('./fixed/index.js')).algorithm,
  },
  {
    id: 'pool',
    description: 'Self-play against the past: acts as earlier versions of another policy, drawn by the seed.',
    options: PoolOptions,
    capabilities: WITHOUT_LEARNING,
    peerOption: 'of',
    versionsOption: 'size',
    load: async () => (await import('./pool/index.js')).algorithm,
  },
  {
    id: 'notebook',
    description: 'The update of the notebook that the median game comes from: a teaching baseline, no policy gradient.',
    options: NotebookOptions,
    capabilities: {
      onPolicy: true,
      actionSpaces: ['box'],
      critic: 'none',
      schedules: ['lockstep'],
      distribution: 'deterministic',
    },
    load: async () => (await import('./notebook/index.js')).algorithm,
  },
];

/** The catalog's entry. Throws ALGORITHM_UNKNOWN with the nearest name. */
export function findAlgorithm(id: string): AlgorithmDefinition {
  const found = algorithmCatalog.find((entry) => entry.id === id);
  if (found !== undefined) return found;
  const names = algorithmCatalog.map((entry) => entry.id);
  const nearest = nearestName(id, names);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  throw algorithmError('ALGORITHM_UNKNOWN', `no algorithm "${id}"; there are ${names.join(', ')}${hint}`, {
    data: { id, nearest: nearest ?? null },
  });
}
