import {
  expF64,
  expm1F64,
  log1pF64,
  logF64,
  millsRatioF64,
  normalCdfF64,
  normalDensityF64,
  normalQuantileF64,
} from '../../base/math/index.js';

const HALF_LOG_TWO_PI = 0.9189385332046727;

/** Bounds nearer than this to the mean, in standard deviations, have moments in closed form. */
const NEAR = 4;
/** Below this width the density on the interval is exponential to 10⁻⁹. */
const NARROW = 1e-4;
/** Where the density has fallen by e^−FALL, nothing more is integrated. */
const FALL = 40;

// Positive nodes of Gauss and Legendre's quadrature on [−1, 1], and their weights.
const NODES_8 = new Float64Array([0.1834346424956498, 0.525532409916329, 0.7966664774136267, 0.9602898564975363]);
const WEIGHTS_8 = new Float64Array([0.362683783378362, 0.31370664587788727, 0.22238103445337448, 0.10122853629037626]);
const NODES_20 = new Float64Array([
  0.07652652113349734, 0.22778585114164507, 0.37370608871541955, 0.5108670019508271, 0.636053680726515,
  0.7463319064601508, 0.8391169718222188, 0.912234428251326, 0.9639719272779138, 0.9931285991850949,
]);
const WEIGHTS_20 = new Float64Array([
  0.15275338713072584, 0.14917298647260374, 0.14209610931838204, 0.13168863844917664, 0.11819453196151841,
  0.10193011981724044, 0.08327674157670475, 0.06267204833410907, 0.04060142980038694, 0.017614007139152118,
]);

/** The standard normal law of z on [α, β], in terms that keep their bits however far the interval lies from 0:
 *
 *    z = sign·(anchor + δ),  first ≤ δ ≤ last,  density of δ = e^(−v(δ)) / mass,  v(δ) = δ·anchor + δ²/2 = (z² − anchor²)/2
 *
 *  The anchor is 0 (`side` 0), or the bound nearest to 0 (`side` 1: α, −1: β) where the interval is far or short. All is then
 *  made of sums of positive terms: a difference of two Φ, or of z² and its mean, would have no bits left there. */
export class TruncatedNormal {
  side: -1 | 0 | 1 = 0;
  anchor = 0;
  private first = 0;
  private last = 0;
  /** log ∫ e^(−v) dδ */
  logMass = 0;
  /** Of `loadMoments`: E[δ], E[v], Cov(v, δ) and Var(v). */
  meanOffset = 0;
  meanEnergy = 0;
  covariance = 0;
  energyVariance = 0;
  /** Whether moments and mass have a closed form; whether so little fits into the interval that 8 nodes are exact. */
  private closed = true;
  private short = false;
  /** Probabilities of z below, above and within the interval, of `loadProbabilities`. */
  private below = 0;
  private above = 0;
  private within = 1;

  /** The law on [α, β], α < β; `width` is β − α, which the difference of the two may have lost. */
  load(alpha: number, beta: number, width: number): void {
    const distance = alpha > 0 ? alpha : beta < 0 ? -beta : 0;
    const slope = distance + 0.5 * width;
    this.short = width * (slope > 1 ? slope : 1) < 1;
    this.closed = distance < NEAR && !this.short;
    if (this.closed || distance === 0) {
      this.side = 0;
      this.anchor = 0;
      this.first = alpha;
      this.last = beta;
    } else {
      this.side = alpha > 0 ? 1 : -1;
      this.anchor = distance;
      this.first = 0;
      this.last = width;
    }
    if (this.closed) {
      this.loadProbabilities(alpha, beta);
      this.logMass = logF64(this.within) + HALF_LOG_TWO_PI;
    } else {
      this.logMass = logF64(this.short ? this.integrate(NODES_8, WEIGHTS_8, width) : this.farMass(width));
    }
  }

  /** v(δ) */
  energy(offset: number): number {
    return offset * (this.anchor + 0.5 * offset);
  }

  /** The moments of the law loaded last. */
  loadMoments(): void {
    const { first, last, anchor } = this;
    if (this.closed) this.loadClosedMoments();
    else if (this.short) this.loadIntegrated(NODES_8, WEIGHTS_8, last - first);
    else {
      const reach = (2 * FALL) / (anchor + Math.sqrt(anchor * anchor + 2 * FALL));
      this.loadIntegrated(NODES_20, WEIGHTS_20, last < reach ? last : reach);
    }
  }

  /** The δ below which the law loaded last has probability u, 0 < u < 1; above which, where `side` is −1. */
  quantile(u: number): number {
    const { anchor, first, last, side } = this;
    const share = side < 0 ? 1 - u : u;
    const width = last - first;
    if (width < NARROW) {
      const rate = anchor + 0.5 * (first + last);
      return rate === 0 ? first + share * width : first - log1pF64(share * expm1F64(-rate * width)) / rate;
    }
    if (anchor >= NEAR) return this.farQuantile(share);
    if (!this.closed) this.loadProbabilities(anchor + first, anchor + last);
    const lower = this.below + share * this.within;
    const upper = this.above + (1 - share) * this.within;
    return (lower <= upper ? normalQuantileF64(lower) : -normalQuantileF64(upper)) - anchor;
  }

  /** The smaller tails are added up and only the larger ones subtracted. */
  private loadProbabilities(from: number, to: number): void {
    this.below = normalCdfF64(from);
    this.above = normalCdfF64(-to);
    if (from > 0) this.within = normalCdfF64(-from) - this.above;
    else if (to < 0) this.within = normalCdfF64(to) - this.below;
    else this.within = 1 - this.below - this.above;
  }

  /** φ(β)/φ(α) is e^(−v(width)). */
  private farMass(width: number): number {
    const { anchor } = this;
    const whole = millsRatioF64(anchor);
    const fall = this.energy(width);
    return fall < 745 ? whole - expF64(-fall) * millsRatioF64(anchor + width) : whole;
  }

  /** By parts, with z·φ(z) etc. at both bounds. */
  private loadClosedMoments(): void {
    const { first, last, within } = this;
    // Where φ is 0 a bound may be infinite.
    const a = normalDensityF64(first) / within;
    const b = normalDensityF64(last) / within;
    const a1 = a === 0 ? 0 : a * first;
    const b1 = b === 0 ? 0 : b * last;
    const a2 = a === 0 ? 0 : a1 * first;
    const b2 = b === 0 ? 0 : b1 * last;
    const a3 = a === 0 ? 0 : a2 * first;
    const b3 = b === 0 ? 0 : b2 * last;
    const m1 = a - b;
    const m2 = 1 + a1 - b1;
    this.meanOffset = m1;
    this.meanEnergy = 0.5 * m2;
    this.covariance = 0.5 * (2 * m1 + a2 - b2 - m1 * m2);
    this.energyVariance = 0.25 * (3 * m2 + a3 - b3 - m2 * m2);
  }

  private integrate(nodes: Float64Array, weights: Float64Array, width: number): number {
    const half = 0.5 * width;
    const middle = this.first + half;
    let sum = 0;
    for (let i = 0; i < nodes.length; i++) {
      const step = half * nodes[i]!;
      sum += weights[i]! * (expF64(-this.energy(middle - step)) + expF64(-this.energy(middle + step)));
    }
    return sum * half;
  }

  private loadIntegrated(nodes: Float64Array, weights: Float64Array, width: number): void {
    const half = 0.5 * width;
    const middle = this.first + half;
    let mass = 0;
    let offset = 0;
    let energy = 0;
    let product = 0;
    let square = 0;
    for (let i = 0; i < 2 * nodes.length; i++) {
      const node = i >> 1;
      const delta = (i & 1) === 0 ? middle - half * nodes[node]! : middle + half * nodes[node]!;
      const v = this.energy(delta);
      const weight = weights[node]! * expF64(-v);
      mass += weight;
      offset += weight * delta;
      energy += weight * v;
      product += weight * delta * v;
      square += weight * v * v;
    }
    this.meanOffset = offset / mass;
    this.meanEnergy = energy / mass;
    this.covariance = product / mass - this.meanOffset * this.meanEnergy;
    this.energyVariance = square / mass - this.meanEnergy * this.meanEnergy;
  }

  /** Newton's iteration on log P(δ' > δ | δ' > 0) = −v(δ) + log of the ratio of Mills at anchor + δ to that at the anchor, whose slope
   *  is −1 over the former. It starts where that ratio is 1; three steps reach the last bits from there. */
  private farQuantile(share: number): number {
    const { anchor, last } = this;
    const atAnchor = millsRatioF64(anchor);
    const fall = this.energy(last);
    const cut = fall < 745 ? expm1F64(logF64(millsRatioF64(anchor + last) / atAnchor) - fall) : -1;
    const target = -log1pF64(share * cut);
    let offset = (2 * target) / (anchor + Math.sqrt(anchor * anchor + 2 * target));
    for (let step = 0; step < 3; step++) {
      const ratio = millsRatioF64(anchor + offset);
      offset -= (this.energy(offset) - logF64(ratio / atAnchor) - target) * ratio;
    }
    return offset;
  }
}
