/** Networks and laws in paper form, float64, one row at a time, and gradients by finite differences: what updates are held against. */

/** Numbers of a dense network with these widths. */
export const denseCount = (widths: readonly number[]): number =>
  widths.slice(1).reduce((sum, width, l) => sum + (widths[l]! + 1) * width, 0);

/** A dense network with tanh between its layers, whose parameters begin at `at`. */
export function dense(
  parameters: ArrayLike<number>,
  at: number,
  widths: readonly number[],
  input: readonly number[],
): readonly number[] {
  let current = input;
  let from = at;
  for (let l = 1; l < widths.length; l++) {
    const [I, O] = [widths[l - 1]!, widths[l]!];
    const weights = from;
    const biases = from + I * O;
    current = Array.from({ length: O }, (_, o) => {
      const sum = current.reduce(
        (total, x, i) => total + x * parameters[weights + i * O + o]!,
        parameters[biases + o]!,
      );
      return l === widths.length - 1 ? sum : Math.tanh(sum);
    });
    from = biases + O;
  }
  return current;
}

/** Gradient of f at x by central differences. */
export function gradientOf(f: (x: readonly number[]) => number, x: readonly number[], h = 1e-5): number[] {
  return x.map((value, j) => (f(x.with(j, value + h)) - f(x.with(j, value - h))) / (2 * h));
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export type Bounds = readonly (readonly [number, number])[];

/** Actions between two bounds each. */
export const squash = (u: readonly number[], bounds: Bounds): number[] =>
  u.map((value, j) => {
    const [low, high] = bounds[j]!;
    return low + ((high - low) / 2) * (Math.tanh(value) + 1);
  });

/** Action and log-probability that outputs [μ, x] and noise give, log σ = m + h·tanh(x₀ + x/(h(1 − r²))) with bounds −10 and 2 and
 *  start 0. */
export function draw(outputs: readonly number[], noise: readonly number[], bounds: Bounds) {
  const A = bounds.length;
  const r = 4 / 6;
  const logStd = outputs.slice(A).map((x) => -4 + 6 * Math.tanh(Math.atanh(r) + x / (6 * (1 - r * r))));
  const u = noise.map((e, j) => outputs[j]! + Math.exp(logStd[j]!) * e);
  const logProb = u.reduce((sum, value, j) => {
    const [low, high] = bounds[j]!;
    const slope = ((high - low) / 2) * (1 - Math.tanh(value) ** 2);
    return sum - 0.5 * noise[j]! ** 2 - logStd[j]! - 0.5 * Math.log(2 * Math.PI) - Math.log(slope);
  }, 0);
  return { action: squash(u, bounds), logProb };
}
