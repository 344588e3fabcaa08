import type { Job } from '../../../client/index.js';
import { mergePatch } from './merge-patch.js';

/** What a fork changes, as a person writes it. */
export interface ForkForm {
  readonly name: string;
  readonly iterations: string;
  readonly learningRate: string;
  /** A JSON merge patch of the spec. */
  readonly other: string;
  /** As it was in the beginning: what is still so is no change. */
  readonly start: Omit<ForkForm, 'other' | 'start'>;
}

/** The form of a job, which goes on for as long again if nothing is changed. */
export function forkStart({ spec, progress }: Pick<Job, 'spec' | 'progress'>): ForkForm {
  const { iterations } = spec.stop;
  const { learningRate } = spec.algorithm.options as { readonly learningRate?: number };
  const start = {
    name: spec.name,
    iterations: iterations === undefined ? '' : String(iterations),
    learningRate: learningRate === undefined ? '' : String(learningRate),
  };
  const done = iterations !== undefined && progress.iteration >= iterations;
  return {
    ...start,
    name: `${spec.name}-fork`,
    iterations: done ? String(2 * iterations) : start.iterations,
    other: '',
    start,
  };
}

/** The merge patch that the form asks for, or why there is none. Fields of their own come before the JSON. */
export function forkOf({ name, iterations, learningRate, other, start }: ForkForm): {
  readonly patch: Readonly<Record<string, unknown>>;
  readonly fault?: string;
} {
  let patch: unknown = {};
  if (other.trim() !== '') {
    try {
      patch = JSON.parse(other);
    } catch (error) {
      return { patch: {}, fault: (error as Error).message };
    }
    if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
      return { patch: {}, fault: 'must be an object, as { "stop": { "iterations": 100 } }' };
    }
  }
  const own = {
    ...(name === start.name ? {} : { name }),
    ...(iterations === start.iterations ? {} : { stop: { iterations: numberOf(iterations) } }),
    ...(learningRate === start.learningRate
      ? {}
      : { algorithm: { options: { learningRate: numberOf(learningRate) } } }),
  };
  return { patch: withNulls(patch, own) as Readonly<Record<string, unknown>> };
}

/** What is empty is taken away, and what is no number is sent as it is: the API says what is wrong with it. */
function numberOf(text: string): number | string | null {
  const trimmed = text.trim();
  if (trimmed === '') return null;
  return Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
}

/** Merges two patches; other than applying one, this keeps the nulls of both. */
function withNulls(patch: unknown, own: Readonly<Record<string, unknown>>): unknown {
  const merged: Record<string, unknown> = { ...(patch as Record<string, unknown>) };
  for (const [key, value] of Object.entries(own)) {
    const before = merged[key];
    const both = isObject(value) && isObject(before);
    merged[key] = both ? withNulls(before, value) : value;
  }
  return merged;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The spec that comes of it. */
export const forkedSpec = ({ spec }: Pick<Job, 'spec'>, patch: unknown): unknown => mergePatch(spec, patch);
