/** p_c = exp(x_c) / Σ_d exp(x_d). */
export function probabilities(logits: readonly number[]): number[] {
  const greatest = Math.max(...logits);
  const weights = logits.map((x) => Math.exp(x - greatest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** −Σ_c p_c log p_c, with 0·log 0 = 0. */
export function entropy(logits: readonly number[]): number {
  return probabilities(logits).reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0);
}
