import { box, elementSize } from '../../spaces/index.js';
import type { AgentSpec, EnvironmentBatch } from '../port.js';
import type { WorldState } from './world.js';

/** Writes two numbers at out[at] and returns the place after them. */
export function writePair(out: Float32Array, at: number, values: WorldState[string], i: number): number {
  out[at] = values[i];
  out[at + 1] = values[i + 1];
  return at + 2;
}

/** Writes where disk j is, seen from disk i (the places of their x in `position`), and returns the place after it. */
export function writeRelative(
  out: Float32Array,
  at: number,
  position: WorldState[string],
  i: number,
  j: number,
): number {
  out[at] = position[j] - position[i];
  out[at + 1] = position[j + 1] - position[i + 1];
  return at + 2;
}

/** Writes where each disk between two places is, seen from disk i, itself left out, and returns the place after them. Movers lie
 *  from the first place of an instance on, landmarks `speeds` behind it. */
export function writeEachRelative(
  out: Float32Array,
  at: number,
  position: WorldState[string],
  i: number,
  from: number,
  to: number,
): number {
  for (let j = from; j < to; j += 2) if (j !== i) at = writeRelative(out, at, position, i, j);
  return at;
}

/** Writes the same number `count` times and returns the place after them. */
export function writeSame(out: Float32Array, at: number, value: number, count: number): number {
  for (let j = 0; j < count; j++) out[at + j] = value;
  return at + count;
}

/** The global state: what everybody sees, one agent after another. */
export function joinObservations(agents: readonly AgentSpec[]) {
  const widths = agents.map((agent) => elementSize(agent.observationSpace));
  const total = widths.reduce((sum, width) => sum + width, 0);
  return {
    space: box(total),
    /** Copies the observations of instance b into its global state. */
    join(batch: EnvironmentBatch, b: number): void {
      const { globalState, observation } = batch;
      let at = b * total;
      for (let i = 0; i < widths.length; i++) {
        const width = widths[i];
        const seen = observation[i];
        for (let j = b * width; j < (b + 1) * width; j++) globalState[at++] = seen[j];
      }
    },
  };
}
