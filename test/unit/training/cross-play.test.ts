import { describe, expect, test } from 'vitest';
import { createMemoryCheckpointStore } from '../../../src/checkpoints/index.js';
import type { JobSpecInput } from '../../../src/jobs/index.js';
import { type Contestant, crossPlay, runTraining } from '../../../src/training/index.js';
import { resolve } from '../../helpers/training.js';

const settings = { episodes: 300, seed: 7, maxSteps: 10_000, modes: true };

/** A player of a zero-sum game in which the higher number wins, whose policies are constants: a linear network without weights. */
async function player(bias: number, change: Partial<JobSpecInput> = {}): Promise<Contestant> {
  const spec = resolve({
    env: { id: 'matrix-v1', options: { game: 'matching-pennies' } },
    policies: { '*': { network: { hidden: [] } } },
    rollout: { shards: 1, envsPerShard: 2, horizon: 4 },
    stop: { iterations: 1 },
    ...change,
  });
  const checkpoints = createMemoryCheckpointStore();
  await runTraining('player', spec, { actors: 0, learners: 0, checkpoints });
  const checkpoint = (await checkpoints.load(1))!;
  const weights = checkpoint.tensors.find(({ name }) => name === 'weights/1')!;
  // Per policy: weights of the one input for both choices, then their biases.
  const values = new Float32Array(weights.bytes.byteLength / 4);
  const each = values.length / 2;
  for (const policy of [0, 1]) values[policy * each + each - 2] = bias;
  const bytes = new Uint8Array(values.buffer);
  return {
    spec,
    checkpoint: {
      ...checkpoint,
      tensors: checkpoint.tensors.map((tensor) => (tensor === weights ? { ...tensor, bytes } : tensor)),
    },
  };
}

describe('cross-play', () => {
  test('lets everybody play everybody, each way round, with the policies of both', async () => {
    // Heads and tails: agent-0 wins when the pennies match.
    const pairings = crossPlay([await player(9), await player(-9)], settings);
    expect(pairings.map(({ first, second, wins, draws, episodes }) => [first, second, wins, draws, episodes])).toEqual([
      [0, 0, 300, 0, 300],
      [0, 1, 0, 0, 300],
      [1, 0, 0, 0, 300],
      [1, 1, 300, 0, 300],
    ]);
    for (const { returns, wins } of pairings) {
      expect(returns[0]).toBe(-returns[1]);
      expect(Math.sign(returns[0])).toBe(wins === 300 ? 1 : -1);
    }
  });

  test('draws the actions by the seed, unless it is to play the modes', async () => {
    const even = [await player(0), await player(0)];
    const sampled = { ...settings, modes: false };
    const [, pairing] = crossPlay(even, sampled);
    expect(pairing.wins / pairing.episodes).toBeGreaterThan(0.35);
    expect(pairing.wins / pairing.episodes).toBeLessThan(0.65);
    expect(crossPlay(even, sampled)[1]).toEqual(pairing);
    expect(crossPlay(even, { ...sampled, seed: 8 })[1]).not.toEqual(pairing);
    // Of equal logits the first choice is the mode.
    expect(crossPlay(even, settings)[1].wins).toBe(300);
  });

  test('refuses other games, and sides that are not two', async () => {
    const one = await player(1);
    const other = await player(1, { env: { id: 'matrix-v1', options: { game: 'prisoners-dilemma' } } });
    const refusal = (told: string) =>
      expect.objectContaining({ code: 'TRAINING_CROSS_PLAY_UNFIT', message: expect.stringContaining(told) });
    expect(() => crossPlay([one, other], settings)).toThrowError(refusal('different games'));
    for (const [sides, told] of [
      [{ 'agent-0': 0 }, 'agent-1'],
      [{ 'agent-0': 0, 'agent-1': 0 }, 'both sides'],
      [{ 'agent-0': 0, 'agent-1': 1, buyer: 1 }, 'no agent buyer'],
    ] as const) {
      expect(() => crossPlay([one, one], { ...settings, sides })).toThrowError(refusal(told));
    }
    const swapped = crossPlay([await player(9), await player(-9)], {
      ...settings,
      sides: { 'agent-0': 1, 'agent-1': 0 },
    });
    // Side 0 is now who wins when they differ.
    expect(swapped.map(({ wins }) => wins)).toEqual([0, 300, 300, 0]);
  });
});
