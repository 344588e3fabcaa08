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
