import type { DistributionSpec } from '../../../src/policies/index.js';
import type { Law } from './laws.js';

/** The laws of bounded boxes and of composite actions in paper form: float64, integrals by Simpson's rule. */

/** Low and high of each element, given the row's observation; ∓Infinity where there is none. */
export type BoundsOf = (observation: readonly number[]) => readonly (readonly [number, number])[];

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const density = (x: number, mean: number, std: number): number =>
  Math.exp(-((x - mean) ** 2) / (2 * std ** 2)) / (std * Math.sqrt(2 * Math.PI));
const logDensity = (x: number, mean: number, std: number): number =>
  -((x - mean) ** 2) / (2 * std ** 2) - Math.log(std * Math.sqrt(2 * Math.PI));

/** ∫ f over the part of [low, high] within 12 standard deviations of the mean. */
function integral(f: (x: number) => number, low: number, high: number, mean: number, std: number): number {
  const from = Math.max(low, mean - 12 * std);
  const to = Math.min(high, mean + 12 * std);
  if (!(from < to)) return 0;
  const n = 600;
  const h = (to - from) / n;
  let total = f(from) + f(to);
  for (let k = 1; k < n; k++) total += (k % 2 === 0 ? 2 : 4) * f(from + k * h);
  return (total * h) / 3;
}

/** u of an action and da/du. */
function unsquash(a: number, low: number, high: number): { u: number; slope: number } {
  if (low === -Infinity && high === Infinity) return { u: a, slope: 1 };
  if (high === Infinity) return { u: Math.log(Math.expm1(a - low)), slope: -Math.expm1(low - a) };
  if (low === -Infinity) return { u: Math.log(Math.expm1(high - a)), slope: -Math.expm1(a - high) };
  const y = (2 * (a - low)) / (high - low) - 1;
  return { u: Math.atanh(y), slope: ((high - low) / 2) * (1 - y ** 2) };
}

export const squashedBoundsLaw = (boundsOf: BoundsOf): Law => ({
  logProb: (mean, logStd, _, action, observation) =>
    sum(
      boundsOf(observation).map(([low, high], j) => {
        if (low === high) return 0;
        const { u, slope } = unsquash(action[j]!, low, high);
        return logDensity(u, mean[j]!, Math.exp(logStd[j]!)) - Math.log(slope);
      }),
    ),
  entropy: (_, logStd, __, observation) =>
    sum(
      boundsOf(observation).map(([low, high], j) =>
        low === high ? 0 : 0.5 * Math.log(2 * Math.PI * Math.E) + logStd[j]!,
      ),
    ),
});

export const truncatedLaw = (boundsOf: BoundsOf): Law => ({
  logProb: (mean, logStd, _, action, observation) =>
    sum(
      boundsOf(observation).map(([low, high], j) => {
        if (low === high) return 0;
        const [mu, std] = [mean[j]!, Math.exp(logStd[j]!)];
        return logDensity(action[j]!, mu, std) - Math.log(integral((x) => density(x, mu, std), low, high, mu, std));
      }),
    ),
  entropy: (mean, logStd, _, observation) =>
    sum(
      boundsOf(observation).map(([low, high], j) => {
        if (low === high) return 0;
        const [mu, std] = [mean[j]!, Math.exp(logStd[j]!)];
        const mass = integral((x) => density(x, mu, std), low, high, mu, std);
        const log = (x: number): number => logDensity(x, mu, std) - Math.log(mass);
        return -integral((x) => Math.exp(log(x)) * log(x), low, high, mu, std);
      }),
    ),
});

export const compositeLaw = (
  side: 'seller' | 'buyer',
  reservationOf: (observation: readonly number[]) => number,
): Law => {
  /** The probabilities of passing and of acting at r, and log f beyond it. */
  const parts = (outputs: readonly number[], free: readonly number[], r: number) => {
    const [logit, mu] = outputs as [number, number];
    const std = Math.exp(free[0]!);
    const p = 1 / (1 + Math.exp(-logit));
    const [from, to] = side === 'seller' ? [r, Infinity] : [-Infinity, r];
    const beyond = integral((x) => density(x, mu, std), from, to, mu, std);
    return {
      pass: 1 - p,
      atReservation: p * (1 - beyond),
      log: (a: number) => Math.log(p) + logDensity(a, mu, std),
      from,
      to,
      mu,
      std,
    };
  };
  return {
    logProb: (outputs, free, _, [action], observation) => {
      const r = reservationOf(observation);
      const { pass, atReservation, log } = parts(outputs, free, r);
      if (action === 0) return Math.log(r === 0 ? pass + atReservation : pass);
      return action === r ? Math.log(atReservation) : log(action!);
    },
    entropy: (outputs, free, _, observation) => {
      const r = reservationOf(observation);
      const { pass, atReservation, log, from, to, mu, std } = parts(outputs, free, r);
      const points = r === 0 ? [pass + atReservation] : [pass, atReservation];
      const prices = integral((x) => Math.exp(log(x)) * log(x), from, to, mu, std);
      return -sum(points.map((probability) => (probability > 0 ? probability * Math.log(probability) : 0))) - prices;
    },
  };
};

/** A law whose log σ follows from the second half of the outputs: m + h·tanh(x₀ + x/(h(1 − r²))), which is `initialLogStd` with slope 1
 *  at x = 0. */
export function conditionalLaw(
  law: Law,
  { initialLogStd, logStdBounds: [low, high] }: Pick<DistributionSpec, 'initialLogStd' | 'logStdBounds'>,
): Law {
  const half = (high - low) / 2;
  const r = (initialLogStd - (low + high) / 2) / half;
  const split = (outputs: readonly number[]) => {
    const A = outputs.length / 2;
    const logStd = outputs
      .slice(A)
      .map((x) => (low + high) / 2 + half * Math.tanh(Math.atanh(r) + x / (half * (1 - r ** 2))));
    return [outputs.slice(0, A), logStd] as const;
  };
  return {
    logProb: (outputs, _, mask, action, observation) => law.logProb(...split(outputs), mask, action, observation),
    entropy: (outputs, _, mask, observation) => law.entropy(...split(outputs), mask, observation),
  };
}
