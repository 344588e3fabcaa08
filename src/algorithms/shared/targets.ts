/** Polyak averaging: θ' ← θ' + τ (θ − θ'), computed in float64 and rounded once. τ = 1 copies. Source: Lillicrap et al. 2016, alg. 1. */
export function moveTargets(targets: Float32Array, parameters: Float32Array, tau: number, count: number): void {
  for (let j = 0; j < count; j++) targets[j] = targets[j]! + tau * (parameters[j]! - targets[j]!);
}
