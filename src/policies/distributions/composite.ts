import { type CompositeRows, createPlainKernels, type F32, type Kernels, RowMemory } from '../../kernels/index.js';
import type { CompositeSpace } from '../../spaces/index.js';
import type { ActionDistribution } from '../distribution.js';
import { policyError } from '../errors.js';
import type { DistributionSpec } from '../spec.js';
import { highestFloat32AtMost, lowestFloat32AtLeast } from './float32-neighbors.js';
import { LogStd } from './log-std.js';

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
 *  In the kernels' canonical float32; `backward` adds to log σ in stripes that begin with each call. Arrays are of `kernels`; any arrays do
 *  without. Throws POLICY_DISTRIBUTION_UNSUITABLE. */
export function createComposite(
  space: CompositeSpace,
  spec: DistributionSpec,
  where: string,
  observationSize: number,
  kernels: Kernels = createPlainKernels(),
): ActionDistribution {
  const { reservation } = space;
  if (typeof reservation !== 'number') {
    return new ObservedComposite(space.side, spec, kernels, where, observationSize, reservation.observation);
  }
  const law = new Composite(space.side, spec, kernels, false);
  if (law.reserve(law.reservationsOf(1), 0, reservation)) return law;
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
  private readonly kernels: Kernels;
  private readonly rows: CompositeRows;
  private readonly logStd: LogStd;
  /** Reservation of each row observed last, or of all. */
  private readonly reservations: RowMemory;

  constructor(side: CompositeSpace['side'], spec: DistributionSpec, kernels: Kernels, observed: boolean) {
    this.kernels = kernels;
    this.rows = { side, observed };
    this.logStd = new LogStd(1, spec);
    this.reservations = new RowMemory(kernels);
  }

  /** Memory for the reservations of B rows. */
  reservationsOf(B: number): F32 {
    return this.reservations.take(B);
  }

  /** Sets the reservation of a row; false where float32 has none such. */
  reserve(reservations: F32, row: number, reservation: number): boolean {
    const rounded = this.rows.side === 'seller' ? lowestFloat32AtLeast(reservation) : highestFloat32AtMost(reservation);
    // Never −0.
    reservations[row] = rounded + 0;
    return Number.isFinite(rounded);
  }

  initialize(free: F32): void {
    this.logStd.initialize(free);
  }

  sample(outputs: F32, free: F32, mask: Uint8Array, noise: F32, actions: F32, logProbs: F32, B: number): void {
    this.kernels.compositeSample(outputs, free, noise, this.reservationsOf(1), actions, B, this.rows);
    this.logProb(outputs, free, mask, actions, logProbs, B);
  }

  /** Passes unless acting is the likelier; then the price of μ. */
  mode(outputs: F32, _free: F32, _mask: Uint8Array, actions: F32, B: number): void {
    const { side, observed } = this.rows;
    const reservations = this.reservationsOf(1);
    for (let b = 0; b < B; b++) {
      const r = reservations[observed ? b : 0]!;
      actions[b] = outputs[2 * b]! > 0 ? storedPrice(compositePrice(side, outputs[2 * b + 1]!, r), r) : 0;
    }
  }

  logProb(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, B: number): void {
    this.kernels.compositeEvaluate(outputs, free, actions, this.reservationsOf(1), logProbs, null, B, this.rows);
  }

  /** H = H(p) + p·G,  G = −Φ log Φ + (1 − Φ)(log σ + ½ log 2π + ½) + ½ c φ  at c, where 0 and r are two points;
   *  with P = 1 − p + p Φ(c) where they are one, −P log P − p (1 − Φ) log p stands for H(p) − p Φ log Φ. */
  entropy(outputs: F32, free: F32, _mask: Uint8Array, entropies: F32, B: number): void {
    this.kernels.compositeEvaluate(outputs, free, null, this.reservationsOf(1), null, entropies, B, this.rows);
  }

  evaluate(outputs: F32, free: F32, _mask: Uint8Array, actions: F32, logProbs: F32, entropies: F32, B: number): void {
    const reservations = this.reservationsOf(1);
    this.kernels.compositeEvaluate(outputs, free, actions, reservations, logProbs, entropies, B, this.rows);
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
    const { kernels, rows } = this;
    const reservations = this.reservationsOf(1);
    kernels.compositeBackward(outputs, free, actions, reservations, dLogProbs, dEntropies, dOutputs, dFree, B, rows);
  }

  project(free: F32): void {
    this.logStd.project(free);
  }

  dispose(): void {
    this.reservations.dispose();
  }
}

/** The float32 price as an action: 0, which passes, only where that is the reservation; never −0. */
function storedPrice(price: number, r: number): number {
  const rounded = Math.fround(price);
  return rounded === 0 && r !== 0 ? SMALLEST_PRICE : rounded + 0;
}

class ObservedComposite extends Composite {
  private readonly where: string;
  private readonly observationSize: number;
  private readonly element: number;

  constructor(
    side: CompositeSpace['side'],
    spec: DistributionSpec,
    kernels: Kernels,
    where: string,
    observationSize: number,
    element: number,
  ) {
    super(side, spec, kernels, true);
    this.where = where;
    this.observationSize = observationSize;
    this.element = element;
  }

  /** Throws POLICY_BOUNDS_CROSSED. */
  observe(observation: F32, B: number): void {
    const reservations = this.reservationsOf(B);
    for (let b = 0; b < B; b++) {
      const reservation = observation[b * this.observationSize + this.element]!;
      if (this.reserve(reservations, b, reservation)) continue;
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
