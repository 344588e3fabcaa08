import { describe, expect, it } from 'vitest';
import { evaluationTable, profileTables } from '../../../cli/evaluation-tables.js';
import type { ProfileEvaluation } from '../../../src/training/index.js';

const linesOf = (table: string): string[] => table.trimEnd().split('\n');

describe('the table of agents', () => {
  it('has heads, metrics and their ratios', () => {
    const agent = { return: 2, rewardPerStep: 0.5, length: 4 };
    const table = evaluationTable({
      seller: { ...agent, heads: { enter: 0.25, price: 0.75 }, metrics: { gain: 3, efficiency: 0.875 } },
      buyer: { ...agent, heads: { enter: 0, price: 1 }, metrics: { gain: 0 } },
    });
    expect(linesOf(table)).toEqual([
      'agent   return  per step  enter per step  price per step  steps  gain  efficiency',
      '──────  ──────  ────────  ──────────────  ──────────────  ─────  ────  ──────────',
      'seller       2       0.5            0.25            0.75      4     3       0.875',
      'buyer        2       0.5               0               1      4     0',
    ]);
  });

  it('has nothing of heads where there is one', () => {
    const table = evaluationTable({ me: { return: 1, rewardPerStep: 1, length: 1, metrics: {} } });
    expect(linesOf(table)[0]).toBe('agent  return  per step  steps');
  });
});

describe('the tables of profiles', () => {
  const profile: ProfileEvaluation = {
    agent: 'seller',
    label: 'private value',
    quantity: 'price',
    points: [0, 0.5, 1],
    mean: [0.51, 0.74, null],
    participation: [1, 0.5, 0],
  };

  it('have what the reference says beside what the agent does, and nothing where nobody takes part', () => {
    const reference = { label: 'equilibrium', quantity: [0.5, 0.75, null], participation: [1, 1, 0] };
    const [shown] = profileTables([{ ...profile, reference }]);
    expect(shown?.title).toBe('seller: price by private value');
    expect(linesOf(shown?.table ?? '')).toEqual([
      'private value  price  equilibrium  takes part  equilibrium',
      '─────────────  ─────  ───────────  ──────────  ───────────',
      '            0   0.51          0.5           1            1',
      '          0.5   0.74         0.75         0.5            1',
      '            1                               0            0',
    ]);
  });

  it('have no column for a reference that there is not', () => {
    expect(linesOf(profileTables([profile])[0]?.table ?? '')[0]).toBe('private value  price  takes part');
  });

  it.each([
    [41, [0, 5, 10, 15, 20, 25, 30, 35, 40]],
    [3, [0, 1, 2]],
    [1, [0]],
  ])('of %i points show the ends and some between', (count, shown) => {
    const points = Array.from({ length: count }, (_, i) => i);
    const [{ table } = { table: '' }] = profileTables([{ ...profile, points, mean: points, participation: points }]);
    expect(
      linesOf(table)
        .slice(2)
        .map((line) => Number(line.trim().split(/ +/)[0])),
    ).toEqual(shown);
  });
});
