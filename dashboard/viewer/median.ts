import type { Recording } from './recording.js';

/** The lower median, as the game has it. */
export function lowerMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

export interface MedianStep {
  readonly median: number;
  /** By agent, in their order. */
  readonly said: readonly number[];
  readonly rewards: readonly number[];
}

export const medianSteps = (recording: Recording): MedianStep[] =>
  Array.from({ length: recording.length }, (_, step) => {
    const acts = recording.at(step);
    const said = acts.map(({ action }) => action[0] ?? Number.NaN);
    return { said, rewards: acts.map(({ reward }) => reward), median: lowerMedian(said) };
  });
