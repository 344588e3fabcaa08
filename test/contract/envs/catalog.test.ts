import { describe, expect, it } from 'vitest';
import { checkEnvironment, environmentCatalog, findEnvironment } from '../../../src/envs/index.js';

/** Options that take each environment through its different code; every entry is also tried with its defaults. */
const OPTIONS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  'median-v1': [
    { steps: 5 },
    { agents: 2, steps: 7 },
    { agents: 7, steps: 20, history: 3 },
    { agents: 40, steps: 10, observation: 'others' },
    {
      agents: 3,
      steps: 10,
      observation: 'others',
      history: 4,
      adjacency: [
        [0, 1, 1],
        [0, 0, 1],
        [1, 0, 0],
      ],
    },
    { agents: 4, steps: 10, observation: 'notebook', history: 2 },
  ],
  'cartpole-v1': [{ steps: 1 }, { steps: 12 }],
  'enter-offer-v1': [{ actions: 'composite' }, { entryCost: 0.3 }, { actions: 'composite', entryCost: 0 }],
  'posted-price-v1': [{ reservation: false }],
  'hierarchical-demo-v1': [{ agents: 1, offerReward: 0 }, { agents: 5 }],
  'matrix-v1': [
    { game: 'penalty', k: 100, steps: 1 },
    { game: 'prisoners-dilemma', observation: 'last-actions', steps: 10 },
    { game: 'custom', payoffs: [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]], steps: 3 },
    { game: 'custom', payoffs: [new Array(12).fill(1)], actions: [2, 1, 6], observation: 'last-actions', steps: 4 },
  ],
};

describe.each([...environmentCatalog.keys()])('%s conforms', (id) => {
  it.each([{}, ...(OPTIONS[id] ?? [])])('with options %j', (options) => {
    const definition = findEnvironment(environmentCatalog, id);
    expect(checkEnvironment(definition, options).problems).toEqual([]);
  });

  it('with as few as two instances, and with another seed', () => {
    expect(checkEnvironment(findEnvironment(environmentCatalog, id), {}, { instances: 2, seed: 7 }).problems).toEqual(
      [],
    );
  });
});
