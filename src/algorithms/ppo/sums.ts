/** Sums over samples that the loss leaves for its metrics; divide by `samples` for means. */
export interface PpoSums {
  samples: number;
  /** Samples in which the channel decided anything; counted by the caller. */
  decided: number;
  policyLoss: number;
  valueLoss: number;
  entropy: number;
  /** Σ (ratio − 1) − log ratio: never negative but for rounding, mean estimates KL(behavior ‖ target). Source: Schulman 2020, k3. */
  kl: number;
  /** Ratios beyond 1 ± clip. */
  clipped: number;
}

export const emptyPpoSums = (): PpoSums => ({
  samples: 0,
  decided: 0,
  policyLoss: 0,
  valueLoss: 0,
  entropy: 0,
  kl: 0,
  clipped: 0,
});

export function addPpoSums(total: PpoSums, more: PpoSums): void {
  total.samples += more.samples;
  total.decided += more.decided;
  total.policyLoss += more.policyLoss;
  total.valueLoss += more.valueLoss;
  total.entropy += more.entropy;
  total.kl += more.kl;
  total.clipped += more.clipped;
}
