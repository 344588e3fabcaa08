import { expF64 } from '../../base/math/index.js';
import type { F32 } from '../../kernels/index.js';
import { policyError } from '../errors.js';
import type { DistributionSpec } from '../spec.js';

const HALF_LOG_TWO_PI = 0.9189385332046727;

/** Free parameters log σ, one per action element, and what follows from them for all rows of a call. */
export class LogStd {
  readonly size: number;
  /** σ_j and 1/σ_j of the last `load`. */
  readonly std: Float64Array;
  readonly inverseStd: Float64Array;
  /** Σ_j log σ_j of the last `load`. */
  sum = 0;
  private readonly initial: number;
  private readonly low: number;
  private readonly high: number;

  constructor(size: number, spec: DistributionSpec) {
    checkLogStd(spec);
    this.size = size;
    this.std = new Float64Array(size);
    this.inverseStd = new Float64Array(size);
    this.initial = spec.initialLogStd;
    [this.low, this.high] = spec.logStdBounds;
  }

  load(free: F32): void {
    let sum = 0;
    for (let j = 0; j < this.size; j++) {
      const std = expF64(free[j]!);
      this.std[j] = std;
      this.inverseStd[j] = 1 / std;
      sum += free[j]!;
    }
    this.sum = sum;
  }

  /** Σ_j −log σ_j − ½ log 2π: the log-density at the mean. */
  logDensityAtMean(): number {
    return -this.sum - this.size * HALF_LOG_TWO_PI;
  }

  /** Σ_j log σ_j + ½ log 2π + ½. */
  entropy(): number {
    return this.sum + this.size * (HALF_LOG_TWO_PI + 0.5);
  }

  initialize(free: F32): void {
    free.fill(this.initial, 0, this.size);
  }

  /** NaN stays NaN, so that a diverged update is found. */
  project(free: F32): void {
    for (let j = 0; j < this.size; j++) {
      if (free[j]! < this.low) free[j] = this.low;
      else if (free[j]! > this.high) free[j] = this.high;
    }
  }
}

/** Throws POLICY_LOG_STD_INVALID where the bounds cross or leave the start out. */
export function checkLogStd({ logStdBounds: [low, high], initialLogStd: initial }: DistributionSpec): void {
  if (low <= initial && initial <= high) return;
  const problem = low > high ? `cross` : `do not contain initialLogStd ${initial}`;
  throw policyError(
    'POLICY_LOG_STD_INVALID',
    `distribution.logStdBounds [${low}, ${high}] ${problem}. Correct either.`,
    {
      data: { initial, low, high },
    },
  );
}
