import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { scheduled, scheduleProperty } from '../../../src/algorithms/shared/schedule.js';

describe('a scheduled option', () => {
  it.each([
    { schedule: 0.3, at: [0, 5, 1e6], expected: [0.3, 0.3, 0.3] },
    {
      schedule: { kind: 'linear', from: 1, to: 0.2, iterations: 4 } as const,
      at: [0, 1, 2, 3, 4, 5, 1e6],
      expected: [1, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2],
    },
    {
      schedule: { kind: 'exponential', from: 8, to: 1, iterations: 3 } as const,
      at: [0, 1, 2, 3, 4],
      expected: [8, 4, 2, 1, 1],
    },
    {
      schedule: { kind: 'exponential', from: 0.01, to: 1, iterations: 2 } as const,
      at: [0, 1, 2],
      expected: [0.01, 0.1, 1],
    },
  ])('$schedule is $expected at iterations $at', ({ schedule, at, expected }) => {
    for (const [k, iteration] of at.entries()) expect(scheduled(schedule, iteration)).toBeCloseTo(expected[k]!, 12);
    // Ends are told exactly.
    if (typeof schedule !== 'number') expect(scheduled(schedule, schedule.iterations)).toBe(schedule.to);
  });

  const schema = scheduleProperty({ default: 0.5, minimum: 0, maximum: 1, description: 'A share.' });
  it.each([
    [0, true],
    [1.1, false],
    [{ kind: 'linear', from: 1, to: 0, iterations: 1 }, true],
    [{ kind: 'exponential', from: 1, to: 0, iterations: 1 }, false],
    [{ kind: 'exponential', from: 1, to: 0.1, iterations: 1 }, true],
    [{ kind: 'linear', from: 1, to: 2, iterations: 1 }, false],
    [{ kind: 'linear', from: 1, to: 0, iterations: 0 }, false],
    [{ from: 1, to: 0, iterations: 1 }, false],
    [{ kind: 'linear', from: 1, to: 0, iterations: 1, steps: 1 }, false],
  ])('%j is taken: %s', (value, taken) => {
    expect(Value.Check(schema, value)).toBe(taken);
  });
});
