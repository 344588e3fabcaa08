import type { JobSpecInput } from '../../src/jobs/index.js';
import type { Outcome } from './outcome.js';

/** What a figure must be: no less, no more, or no farther from the known value. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number } | { readonly within: number };

/** A figure with a known value. */
export interface Target {
  readonly quantity: string;
  readonly known: number;
  readonly bound: Bound;
  /** Where there are several agents or actions, that of the one which is worst. */
  readonly measure: (outcome: Outcome) => number | Promise<number>;
}

/** An algorithm on a game whose answer is known. */
export interface VerifyCase {
  readonly game: string;
  readonly algorithm: string;
  /** What tells it from other cases of the same two. */
  readonly variant?: string;
  readonly job: JobSpecInput;
  readonly targets: readonly Target[];
  /** Done in a few seconds: part of `--short`. */
  readonly short?: boolean;
}

export const nameOf = ({ game, algorithm, variant }: Pick<VerifyCase, 'game' | 'algorithm' | 'variant'>): string =>
  [game, algorithm, ...(variant === undefined ? [] : [variant])].join(' ');

/** Whether a figure is as it must be; NaN never is. */
export function passes({ known, bound }: Pick<Target, 'known' | 'bound'>, figure: number): boolean {
  if ('atLeast' in bound) return figure >= bound.atLeast;
  if ('atMost' in bound) return figure <= bound.atMost;
  return Math.abs(figure - known) <= bound.within;
}

/** How bad a figure is, the more the worse: what the worst of several is chosen by. */
export function badness({ known, bound }: Pick<Target, 'known' | 'bound'>, figure: number): number {
  if (Number.isNaN(figure)) return Infinity;
  if ('atLeast' in bound) return -figure;
  return 'atMost' in bound ? figure : Math.abs(figure - known);
}
