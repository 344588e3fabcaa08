import {
  expF64,
  inverseMillsF64,
  log1pF64,
  logNormalCdfF64,
  normalCdfF64,
  normalDensityF64,
  normalQuantileF64,
} from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import type { CompositeSpace } from '../../spaces/index.js';
import type { ActionDistribution } from '../distribution.js';
import { policyError } from '../errors.js';
import type { DistributionSpec } from '../spec.js';
import { highestFloat32AtMost, lowestFloat32AtLeast } from './float32-neighbors.js';
import { LogStd } from './log-std.js';
import { HALF_STEP } from './truncated-gaussian.js';

const HALF_LOG_TWO_PI = 0.9189385332046727;
const SMALLEST_PRICE = 1.401298464324817e-45;

/** Price of a quantity q at reservation r: r + relu(q − r) = max(q, r) for a seller, r − relu(r − q) = min(q, r) for a buyer. */
export function compositePrice(side: CompositeSpace['side'], q: number, r: number): number {
  return side === 'seller' ? (q > r ? q : r) : q < r ? q : r;
}

/** Derivative of the price by the quantity: 1 beyond the reservation, 0 elsewhere (relu's at 0 is 0). */
export function compositePriceSlope(side: CompositeSpace['side'], q: number, r: number): number {
  return (side === 'seller' ? q > r : q < r) ? 1 : 0;
}

/** A decision and a price in one number: outputs [logit x, μ], log σ = free.
 *
 *    with 1 − p, p = sigmoid(x):  a = 0 (pass)
 *    with p:                      a = compositePrice(q, r), q ~ N(μ, σ²)
 *
 *  With s = 1 for a seller and −1 for a buyer, c = s (r − μ)/σ, z = (a − μ)/σ, the density with respect to length plus the points 0 and r is
 *
 *    log P(0) = log(1 − p),  log P(r) = log p + log Φ(c),  log p(a beyond r) = log p − ½ z² − log σ − ½ log 2π
 *
 *  Where r is 0 the two points are one, with probability 1 − p + p Φ(c), and no one can tell passing from selling for nothing. The
 *  reservation of the law is r rounded to float32 away from what it forbids; a price that float32 makes r is at r, and one
 *  that it makes 0 (not r) is the smallest positive float32 instead, so that 0 always passes. An action on the wrong side counts as r.
 *  Passing tells nothing of the quantity: its gradient to μ and σ is 0. Entropy is that of this mixed law.
 *  Noise: two uniforms; the first, where below p, decides to act; the second is the quantity's.
 *  Throws POLICY_DISTRIBUTION_UNSUITABLE. */
export function createComposite(
  space: CompositeSpace,
  spec: DistributionSpec,
  where: string,
  observationSize: number,
): ActionDistribution {
  const { reservation } = space;
  if (typeof reservation !== 'number') {
    return new ObservedComposite(space.side, spec, where, observationSize, reservation.observation);
  }
  const law = new Composite(space.side, spec);
  if (law.reserve(0, reservation)) return law;
  throw policyError(
    'POLICY_DISTRIBUTION_UNSUITABLE',
    `${where} has the reservation ${reservation}, which float32 cannot hold. Give a finite one, or rescale the space.`,
    { data: { where, space, kind: 'composite' } },
  );
}

class Composite implements ActionDistribution {
  readonly actionSize = 1;
  readonly outputSize = 2;
  readonly freeParameterCount = 1;
  readonly maskSize = 0;
  readonly noiseSize = 2;
  readonly noiseKind = 'uniform';
  /** Reservation of each row, or of all (`rowStride` 0). */
  protected reservations = new Float64Array(1);
  protected rowStride = 0;
  private readonly side: CompositeSpace['side'];
  private readonly sign: 1 | -1;
  private readonly logStd: LogStd;
  // Of the row loaded last.
  private r = 0;
  private c = 0;
  /** log p, log(1 − p), log Φ(c), and log P(0) where r is 0. */
  private logAct = 0;
  private logPass = 0;
  private logAtReservation = 0;
  private logZero = 0;

  constructor(side: CompositeSpace['side'], spec: DistributionSpec) {
    this.side = side;
    this.sign = side === 'seller' ? 1 : -1;
    this.logStd = new LogStd(1, spec);
  }

  /** Sets the reservation of a row; false where float32 has none such. */
  reserve(row: number, reservation: number): boolean {
    const rounded = this.sign > 0 ? lowestFloat32AtLeast(reservation) : highestFloat32AtMost(reservation);
    // Never −0.
    this.reservations[row] = rounded + 0;
    return Number.isFinite(rounded);
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    this.logStd.load(free);
    const std = this.logStd.std[0]!;
    for (let b = 0; b < B; b++) {
      const acts = noise[2 * b]! < sigmoid(outputs[2 * b]!);
      const quantity = outputs[2 * b + 1]! + std * normalQuantileF64(noise[2 * b + 1]! + HALF_STEP);
      actions[b] = acts ? this.price(quantity, b) : 0;
    }
    this.logProb(outputs, free, mask, actions, logProbs, B);
  }

  /** Passes unless acting is the likelier; then the price of μ. */
  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    for (let b = 0; b < B; b++) actions[b] = outputs[2 * b]! > 0 ? this.price(outputs[2 * b + 1]!, b) : 0;
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    this.logStd.load(free);
    const inverse = this.logStd.inverseStd[0]!;
    const atMean = this.logStd.logDensityAtMean();
    for (let b = 0; b < B; b++) {
      this.load(outputs, b, inverse);
      const action = actions[b]!;
      if (action === 0) {
        logProbs[b] = this.r === 0 ? this.logZero : this.logPass;
      } else if (this.isBeyond(action)) {
        const z = (action - outputs[2 * b + 1]!) * inverse;
        logProbs[b] = this.logAct + (atMean - 0.5 * (z * z));
      } else {
        logProbs[b] = this.r === 0 ? this.logZero : this.logAct + this.logAtReservation;
      }
    }
  }

  /** H = H(p) + p·G,  G = −Φ log Φ + (1 − Φ)(log σ + ½ log 2π + ½) + ½ c φ  at c, where 0 and r are two points;
   *  with P = 1 − p + p Φ(c) where they are one, −P log P − p (1 − Φ) log p stands for H(p) − p Φ log Φ. */
  entropy(outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    this.logStd.load(free);
    const inverse = this.logStd.inverseStd[0]!;
    const scale = free[0]! + (HALF_LOG_TWO_PI + 0.5);
    for (let b = 0; b < B; b++) {
      this.load(outputs, b, inverse);
      const { c, logAct, logPass, logAtReservation, logZero } = this;
      const p = expF64(logAct);
      const continuous = normalCdfF64(-c) * scale + 0.5 * c * normalDensityF64(c);
      entropies[b] =
        this.r === 0
          ? p * (continuous - normalCdfF64(-c) * logAct) - expF64(logZero) * logZero
          : p * (continuous - normalCdfF64(c) * logAtReservation - logAct) - expF64(logPass) * logPass;
    }
  }

  /** With h = φ(c)/Φ(c), A = P(acted | a = 0) where r is 0, and 0 for passing otherwise:
   *
   *    a = 0          ∂x = A − p,    ∂c = A h        ∂c/∂μ = −s/σ,  ∂c/∂log σ = −c
   *    a = r          ∂x = 1 − p,    ∂c = h
   *    a beyond r     ∂x = 1 − p,    ∂μ = z/σ,  ∂log σ = z² − 1
   *    entropy        ∂x = p (1 − p) (G − x),  ∂c = −p φ (L + log σ + ½ log 2π + 1 + ½ c²),  ∂log σ = p (1 − Φ) − c ∂c
   *
   *  where L is log Φ(c); log P(0) − log p where r is 0, and ∂x = p (1 − p) ((1 − Φ)(L + log σ + ½ log 2π + ½) + ½ c φ). */
  backward(
    outputs: F32,
    free: F32,
    _mask: Uint8Array,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dFree: F32,
    B: number,
  ): void {
    this.logStd.load(free);
    const inverse = this.logStd.inverseStd[0]!;
    const scale = free[0]! + (HALF_LOG_TWO_PI + 0.5);
    for (let b = 0; b < B; b++) {
      const dLogProb = dLogProbs[b]!;
      const dEntropy = dEntropies[b]!;
      this.load(outputs, b, inverse);
      const { c, r, logAct, logPass } = this;
      const action = actions[b]!;
      const logit = outputs[2 * b]!;
      const p = expF64(logAct);
      const pass = expF64(logPass);
      // Of the log-probability: by the logit, by c, by μ and log σ directly.
      let dLogit = dLogProb * pass;
      let dC = 0;
      let dMean = 0;
      let dLogStd = 0;
      if (action !== 0 && this.isBeyond(action)) {
        const z = (action - outputs[2 * b + 1]!) * inverse;
        dMean = dLogProb * (z * inverse);
        dLogStd = dLogProb * (z * z - 1);
      } else if (action === 0 && r !== 0) {
        dLogit = -dLogProb * p;
      } else {
        const acted = r === 0 ? sigmoid(logit + this.logAtReservation) : 1;
        // A − p = A (1 − p) − (1 − A) p keeps its bits where both are near 1.
        if (r === 0) dLogit = dLogProb * (acted * pass - sigmoid(-logit - this.logAtReservation) * p);
        dC = dLogProb * (acted * inverseMillsF64(c));
      }
      const beyond = normalCdfF64(-c);
      const density = normalDensityF64(c);
      const level = r === 0 ? this.logZero - logAct : this.logAtReservation;
      const byLogit =
        r === 0
          ? beyond * (level + scale) + 0.5 * c * density
          : beyond * scale + 0.5 * c * density - normalCdfF64(c) * level - logit;
      dLogit += dEntropy * (p * pass * byLogit);
      dC -= dEntropy * (p * density * (level + scale + 0.5 + 0.5 * c * c));
      dLogStd += dEntropy * (p * beyond);
      dOutputs[2 * b] = dLogit;
      dOutputs[2 * b + 1] = dMean - this.sign * dC * inverse;
      dFree[0] = dFree[0]! + (dLogStd - c * dC);
    }
  }

  project(free: F32): void {
    this.logStd.project(free);
  }

  private isBeyond(action: number): boolean {
    return this.sign > 0 ? action > this.r : action < this.r;
  }

  /** The float32 price of a quantity. */
  private price(quantity: number, row: number): number {
    const r = this.reservations[row * this.rowStride]!;
    const price = Math.fround(compositePrice(this.side, quantity, r));
    // Never −0.
    return price === 0 && r !== 0 ? SMALLEST_PRICE : price + 0;
  }

  private load(outputs: F32, b: number, inverse: number): void {
    const logit = outputs[2 * b]!;
    const r = this.reservations[b * this.rowStride]!;
    const c = this.sign * ((r - outputs[2 * b + 1]!) * inverse);
    const tail = log1pF64(expF64(-Math.abs(logit)));
    this.r = r;
    this.c = c;
    this.logAct = -(tail + (logit < 0 ? -logit : 0));
    this.logPass = -(tail + (logit > 0 ? logit : 0));
    this.logAtReservation = logNormalCdfF64(c);
    if (r === 0) this.logZero = logOfSum(this.logPass, this.logAct + this.logAtReservation);
  }
}

class ObservedComposite extends Composite {
  private readonly where: string;
  private readonly observationSize: number;
  private readonly element: number;

  constructor(
    side: CompositeSpace['side'],
    spec: DistributionSpec,
    where: string,
    observationSize: number,
    element: number,
  ) {
    super(side, spec);
    this.where = where;
    this.observationSize = observationSize;
    this.element = element;
    this.rowStride = 1;
  }

  /** Throws POLICY_BOUNDS_CROSSED. */
  observe(observation: F32, B: number): void {
    if (B > this.reservations.length) this.reservations = new Float64Array(B);
    for (let b = 0; b < B; b++) {
      const reservation = observation[b * this.observationSize + this.element]!;
      if (this.reserve(b, reservation)) continue;
      const { where, element } = this;
      throw policyError(
        'POLICY_BOUNDS_CROSSED',
        `The reservation of ${where} in row ${b}, element ${element} of the observation, is ${reservation}. ` +
          'The environment must observe a finite one.',
        { data: { where, row: b, element, reservation } },
      );
    }
  }
}

function sigmoid(x: number): number {
  const tail = expF64(-Math.abs(x));
  return x < 0 ? tail / (1 + tail) : 1 / (1 + tail);
}

/** log(eᵃ + eᵇ) */
function logOfSum(a: number, b: number): number {
  return a > b ? a + log1pF64(expF64(b - a)) : b + log1pF64(expF64(a - b));
}
