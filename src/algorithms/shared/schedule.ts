import { Type } from 'typebox';
import { powF64 } from '../../base/math/index.js';

/** A number that may change over the iterations of a job. */
export type Schedule =
  | number
  | {
      /** linear: equal steps; exponential: equal ratios. */
      readonly kind: 'linear' | 'exponential';
      readonly from: number;
      readonly to: number;
      /** From iteration 0 at `from` to this one at `to`; it stays there. */
      readonly iterations: number;
    };

export interface ScheduleSettings {
  readonly default: Schedule;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum: number;
  readonly description: string;
}

/** Schema of an option that is a number, or changes over the iterations. */
export function scheduleProperty({ default: value, description, ...number }: ScheduleSettings) {
  const iterations = Type.Integer({
    minimum: 1,
    maximum: 1_000_000_000,
    description: 'Iterations from one to the other; after them it stays.',
  });
  const closed = { additionalProperties: false };
  return Type.Union(
    [
      Type.Number(number),
      Type.Object(
        { kind: Type.Literal('linear'), from: Type.Number(number), to: Type.Number(number), iterations },
        { ...closed, description: 'In equal steps.' },
      ),
      Type.Object(
        {
          kind: Type.Literal('exponential'),
          from: Type.Number({ ...number, exclusiveMinimum: 0 }),
          to: Type.Number({ ...number, exclusiveMinimum: 0 }),
          iterations,
        },
        { ...closed, description: 'In equal ratios, which needs numbers above 0.' },
      ),
    ],
    { default: value, description: `${description} A number, or one that changes over the iterations.` },
  );
}

/** The value at an iteration, from 0: from + (to − from)·k/K, or from·(to/from)^(k/K), with k held at K. */
export function scheduled(schedule: Schedule, iteration: number): number {
  if (typeof schedule === 'number') return schedule;
  const { kind, from, to, iterations } = schedule;
  if (iteration >= iterations) return to;
  const share = iteration / iterations;
  return kind === 'linear' ? from + (to - from) * share : from * powF64(to / from, share);
}
