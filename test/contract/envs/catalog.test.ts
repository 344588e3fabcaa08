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
  'pendulum-v1': [{ steps: 1 }, { steps: 7 }],
  'rock-paper-scissors-v1': [{ wins: [1, 2, 4], lossScale: 0.5, observation: 'last-actions', steps: 6 }],
  'tic-tac-toe-v1': [{ starts: 'random' }],
  'level-foraging-v1': [
    { forceCoop: true, penalty: 0.1, masked: true },
    { size: 5, agents: 9, foods: 20, sight: 1, steps: 20 },
    { agents: 1, foods: 1, maxLevel: 1, masked: true },
  ],
  'simple-spread-v1': [
    { agents: 2, landmarks: 3, localRatio: 0 },
    { agents: 6, steps: 7, actions: 'continuous' },
  ],
  'simple-tag-v1': [
    { agents: 2, adversaries: 4, obstacles: 0 },
    { adversaries: 1, steps: 9, actions: 'continuous' },
  ],
  'simple-adversary-v1': [
    { agents: 1, landmarks: 3 },
    { agents: 4, actions: 'continuous' },
  ],
  'simple-reference-v1': [
    { actions: 'multiDiscrete', words: 2 },
    { actions: 'continuous', landmarks: 5 },
  ],
  'simple-speaker-listener-v1': [{ actions: 'continuous', words: 5 }, { landmarks: 2 }],
  'two-rooms-v1': [
    { size: 4, stepCost: 0, steps: 9 },
    { agents: 3, size: 6 },
  ],
  'cue-recall-v1': [
    { cues: 2, delay: 0 },
    { cues: 7, delay: 3, agents: 3 },
  ],
};

/** More steps than the longest episode, where the suite's own 128 are fewer. */
const STEPS: Readonly<Record<string, number>> = { 'pendulum-v1': 210 };

describe.each([...environmentCatalog.keys()])('%s conforms', (id) => {
  const settings = { steps: STEPS[id] ?? 128 };

  it.each([{}, ...(OPTIONS[id] ?? [])])('with options %j', (options) => {
    const definition = findEnvironment(environmentCatalog, id);
    expect(checkEnvironment(definition, options, settings).problems).toEqual([]);
  });

  it('with as few as two instances, and with another seed', () => {
    const definition = findEnvironment(environmentCatalog, id);
    expect(checkEnvironment(definition, {}, { ...settings, instances: 2, seed: 7 }).problems).toEqual([]);
  });
});
