import { nearestName } from '../base/index.js';
import { algorithmError } from './errors.js';
import { NotebookOptions } from './notebook/options.js';
import type { AlgorithmDefinition } from './port.js';
import { PpoOptions } from './ppo/options.js';
import { ReinforceOptions } from './reinforce/options.js';

/** Every algorithm, without its numeric code: `load` brings that in. */
export const algorithmCatalog: readonly AlgorithmDefinition[] = [
  {
    id: 'ppo',
    description: 'Proximal policy optimization: clipped policy gradient with GAE and a value network per policy.',
    options: PpoOptions,
    capabilities: {
      onPolicy: true,
      actionSpaces: ['box', 'discrete', 'multiDiscrete', 'binary', 'hierarchical', 'composite'],
      critic: 'decentralized',
      schedules: ['lockstep'],
    },
    load: async () => (await import('./ppo/index.js')).algorithm,
  },
  {
    id: 'reinforce',
    description: 'Monte-Carlo policy gradient, with an optional learned baseline.',
    options: ReinforceOptions,
    capabilities: {
      onPolicy: true,
      actionSpaces: ['box', 'discrete', 'multiDiscrete', 'binary', 'hierarchical', 'composite'],
      critic: 'decentralized',
      schedules: ['lockstep'],
    },
    load: async () => (await import('./reinforce/index.js')).algorithm,
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
