import { describe, expect, test } from 'vitest';
import { createTeam } from '../../src/training/index.js';
import { resolve } from '../helpers/training.js';
import { example, learn } from './learn.js';

const B = 0.25;

// Optimum of each level by its own head: decide for the sign of x where |x| > b, offer what the decision earns.
describe('examples/hierarchical-demo.json', () => {
  test.each([1, 2])('seed %i: right decisions, and offers on target', async (seed) => {
    const input = { ...example('hierarchical-demo'), evaluation: { every: 0, episodes: 20_000 } };
    const { evaluations, weights } = await learn(input, seed);
    for (const { heads } of Object.values(evaluations[0]!.agents)) expect(heads!.offer).toBeLessThan(0);
    for (const { heads } of Object.values(evaluations.at(-1)!.agents)) {
      expect(Math.abs(heads!.decision! - (1 - 3 * B * B) / 2)).toBeLessThan(0.012);
      expect(Math.abs(heads!.offer! - B)).toBeLessThan(0.005);
    }
    const team = createTeam(resolve({ ...input, seed }), weights);
    for (const agent of team.agents) {
      for (let x = -0.99; x < 1; x += 0.02) {
        const [decided, offer] = team.act(agent, [x]);
        if (Math.abs(x) > B + 0.02) expect(decided).toBe(x > 0 ? 1 : 0);
        expect(Math.abs(offer! - (decided === 1 ? x : -x))).toBeLessThan(0.1);
      }
    }
  });
});
