/** The laws in paper form, float64, one row at a time: what the distributions are held against. */
export interface Law {
  logProb(
    outputs: readonly number[],
    free: readonly number[],
    mask: readonly number[],
    action: readonly number[],
    observation: readonly number[],
  ): number;
  entropy(
    outputs: readonly number[],
    free: readonly number[],
    mask: readonly number[],
    observation: readonly number[],
  ): number;
}

const normalLogDensity = (x: number, mean: number, std: number): number =>
  -((x - mean) ** 2) / (2 * std ** 2) - Math.log(std * Math.sqrt(2 * Math.PI));

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const gaussianLaw: Law = {
  logProb: (mean, logStd, _, action) => sum(action.map((a, j) => normalLogDensity(a, mean[j]!, Math.exp(logStd[j]!)))),
  entropy: (_, logStd) => sum(logStd.map((value) => 0.5 * Math.log(2 * Math.PI * Math.E) + value)),
};

/** Change of variables from u = artanh of the action's place in the box. */
export const squashedLaw = (low: readonly number[], high: readonly number[]): Law => ({
  logProb: (mean, logStd, _, action) =>
    sum(
      action.map((a, j) => {
        const width = high[j]! - low[j]!;
        const y = (2 * (a - low[j]!)) / width - 1;
        const slope = (width / 2) * (1 - y ** 2);
        return normalLogDensity(Math.atanh(y), mean[j]!, Math.exp(logStd[j]!)) - Math.log(slope);
      }),
    ),
  entropy: gaussianLaw.entropy,
});

export const categoricalLaw = (counts: readonly number[]): Law => {
  const probabilities = (outputs: readonly number[], mask: readonly number[]): number[][] => {
    let at = 0;
    return counts.map((count) => {
      const weights = outputs
        .slice(at, at + count)
        .map((x, c) => (mask.length > 0 && mask[at + c] === 0 ? 0 : Math.exp(x)));
      at += count;
      return weights.map((weight) => weight / sum(weights));
    });
  };
  return {
    logProb: (outputs, _, mask, action) =>
      sum(probabilities(outputs, mask).map((segment, s) => Math.log(segment[action[s]!]!))),
    entropy: (outputs, _, mask) =>
      sum(probabilities(outputs, mask).flatMap((segment) => segment.map((p) => (p === 0 ? 0 : -p * Math.log(p))))),
  };
};

export const bernoulliLaw: Law = {
  logProb: (outputs, _, mask, action) =>
    sum(action.map((a, j) => Math.log(a === 1 ? yes(outputs, mask, j) : 1 - yes(outputs, mask, j)))),
  entropy: (outputs, _, mask) =>
    sum(
      outputs.map((__, j) => {
        const p = yes(outputs, mask, j);
        return p === 0 || p === 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p);
      }),
    ),
};

function yes(outputs: readonly number[], mask: readonly number[], j: number): number {
  if (mask.length > 0 && mask[2 * j + 1] === 0) return 0;
  if (mask.length > 0 && mask[2 * j] === 0) return 1;
  return 1 / (1 + Math.exp(-outputs[j]!));
}

/** Free parameter: ε. */
export const epsilonGreedyLaw = (counts: readonly number[]): Law => {
  const probabilities = (outputs: readonly number[], epsilon: number, mask: readonly number[]): number[][] => {
    let at = 0;
    return counts.map((count) => {
      const legal = Array.from({ length: count }, (_, c) => mask.length === 0 || mask[at + c] !== 0);
      const values = outputs.slice(at, at + count);
      const best = Math.max(...values.filter((_, c) => legal[c]));
      const n = legal.filter(Boolean).length;
      at += count;
      return values.map((value, c) => (legal[c] ? epsilon / n + (value === best ? 1 - epsilon : 0) : 0));
    });
  };
  return {
    logProb: (outputs, [epsilon], mask, action) =>
      sum(probabilities(outputs, epsilon!, mask).map((segment, s) => Math.log(segment[action[s]!]!))),
    entropy: (outputs, [epsilon], mask) =>
      sum(
        probabilities(outputs, epsilon!, mask).flatMap((segment) =>
          segment.map((p) => (p === 0 ? 0 : -p * Math.log(p))),
        ),
      ),
  };
};
