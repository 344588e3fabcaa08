/** Where the losses of critics are added up. */
export interface CriticSums {
  valueLoss: number;
  meanValue: number;
}

/** What values are learned for, in place of what follows: y_b = r_b + γ_b v_b. All f32[rows]; v is given in `values`. */
export function bootstrap(rewards: Float32Array, discounts: Float32Array, values: Float32Array, rows: number): void {
  for (let b = 0; b < rows; b++) values[b] = rewards[b]! + discounts[b]! * values[b]!;
}

/** Regression of values Q to targets y, mean ½ (Q − y)² over `shares` rows in all: writes ∂/∂Q to dValues, and adds loss and mean of this
 *  critic, one of `critics`, to the sums. f32[rows]. */
export function regress(
  values: Float32Array,
  targets: Float32Array,
  dValues: Float32Array,
  rows: number,
  { shares, critics }: { readonly shares: number; readonly critics: number },
  sums: CriticSums,
): void {
  let squares = 0;
  let sum = 0;
  for (let b = 0; b < rows; b++) {
    const error = values[b]! - targets[b]!;
    dValues[b] = error / shares;
    squares += error * error;
    sum += values[b]!;
  }
  sums.valueLoss += (0.5 * squares) / shares / critics;
  sums.meanValue += sum / shares / critics;
}
