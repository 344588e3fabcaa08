import type { MedianOptions } from './options.js';

/** What agents observe of one step's actions. */
export interface ObservationRule {
  /** Features of each agent. */
  readonly features: readonly number[];
  /** Writes the features of all agents, one agent after another. actions: f64[n]; out: f64[Σ features]. */
  write(actions: Float64Array, out: Float64Array): void;
}

/** The rule of the options; everything is computed in float64, in ascending order of the agents, and rounded by who stores it. */
export function createObservationRule(options: MedianOptions): ObservationRule {
  const { agents, adjacency, observation } = options;
  if (observation === 'notebook') return notebookRule(neighborCounts(options));
  if (observation === 'others') return othersRule(neighborLists(options));
  return adjacency === 'complete' ? othersMeanRule(agents) : neighborMeanRule(neighborLists(options));
}

/** o_i = (Σ_{j≠i} a_j) / (n − 1), as the sum before i plus the sum after i. Not as sum − a_i: that would lose the others
 *  beside one large action. */
function othersMeanRule(n: number): ObservationRule {
  return {
    features: new Array<number>(n).fill(1),
    write(actions, out) {
      let after = 0;
      for (let i = n - 1; i >= 0; i--) {
        out[i] = after;
        after += actions[i];
      }
      let before = 0;
      for (let i = 0; i < n; i++) {
        out[i] = (before + out[i]) / (n - 1);
        before += actions[i];
      }
    },
  };
}

/** o_i = (Σ_{j ∈ N(i)} a_j) / |N(i)|. */
function neighborMeanRule(neighbors: readonly Int32Array[]): ObservationRule {
  return {
    features: neighbors.map(() => 1),
    write(actions, out) {
      for (let i = 0; i < neighbors.length; i++) {
        const list = neighbors[i];
        let sum = 0;
        for (let k = 0; k < list.length; k++) sum += actions[list[k]];
        out[i] = sum / list.length;
      }
    },
  };
}

/** o_i = (a_j for j ∈ N(i), ascending). */
function othersRule(neighbors: readonly Int32Array[]): ObservationRule {
  return {
    features: neighbors.map((list) => list.length),
    write(actions, out) {
      let at = 0;
      for (let i = 0; i < neighbors.length; i++) {
        const list = neighbors[i];
        for (let k = 0; k < list.length; k++) out[at++] = actions[list[k]];
      }
    },
  };
}

/** o_i = a_i · |N(i)| / n: the notebook multiplies where it means to sum over the neighbors, so that an agent sees itself. */
function notebookRule(counts: readonly number[]): ObservationRule {
  return {
    features: counts.map(() => 1),
    write(actions, out) {
      for (let i = 0; i < counts.length; i++) out[i] = (actions[i] * counts[i]) / counts.length;
    },
  };
}

const neighborCounts = ({ agents, adjacency }: MedianOptions): readonly number[] =>
  adjacency === 'complete'
    ? new Array<number>(agents).fill(agents - 1)
    : adjacency.map((row) => row.reduce((sum, entry) => sum + entry, 0));

const neighborLists = ({ agents, adjacency }: MedianOptions): readonly Int32Array[] =>
  Array.from({ length: agents }, (_, i) => {
    const everyone = Array.from({ length: agents }, (_, j) => j);
    return Int32Array.from(everyone.filter((j) => (adjacency === 'complete' ? j !== i : adjacency[i][j] === 1)));
  });
