import { type Bound, badness, passes, type VerifyCase } from './case.js';
import type { SeedRun } from './run.js';

/** A figure of a case over its seeds. */
export interface FigureSummary {
  readonly quantity: string;
  readonly known: number;
  readonly bound: Bound;
  readonly mean: number;
  readonly worst: number;
  /** Mean and greatest distance from the known value. */
  readonly deviation: { readonly mean: number; readonly worst: number };
  /** By seed, in the order of `seeds`; null where the run failed. */
  readonly figures: readonly (number | null)[];
  /** Seeds whose figure is as it must be. */
  readonly reached: number;
}

/** What became of a case. */
export interface CaseSummary {
  readonly game: string;
  readonly algorithm: string;
  readonly variant?: string;
  readonly schedule: 'lockstep' | 'async';
  readonly ok: boolean;
  readonly targets: readonly FigureSummary[];
  /** Mean of a seed. */
  readonly seconds: number;
  readonly seeds: readonly Omit<SeedRun, 'figures' | 'interrupted'>[];
}

/** Sums up the seeds that were run to their end. */
export function summarize(verified: VerifyCase, all: readonly SeedRun[]): CaseSummary {
  const { game, algorithm, variant, job } = verified;
  const runs = all.filter(({ interrupted }) => !interrupted);
  const targets = verified.targets.map((target, t): FigureSummary => {
    const { quantity, known, bound } = target;
    const figures = runs.map((run) => run.figures[t] ?? null);
    const told = figures.filter((figure) => figure !== null);
    const distances = told.map((figure) => Math.abs(figure - known));
    return {
      quantity,
      known,
      bound,
      mean: mean(told),
      worst: told.reduce(
        (worst, figure) => (badness(target, figure) > badness(target, worst) ? figure : worst),
        told[0] ?? NaN,
      ),
      deviation: { mean: mean(distances), worst: Math.max(...distances) },
      figures,
      reached: told.filter((figure) => passes(target, figure)).length,
    };
  });
  return {
    game,
    algorithm,
    ...(variant === undefined ? {} : { variant }),
    schedule: job.schedule?.kind ?? 'lockstep',
    ok: runs.length > 0 && targets.every(({ reached }) => reached === runs.length),
    targets,
    seconds: mean(runs.map(({ seconds }) => seconds)),
    seeds: runs.map(({ figures: _, interrupted: __, ...run }) => run),
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
