/** Return and advantage estimators over time-major [T, B], from the last step to the first; lanes go over B. */

/** G_t = r_t + γ_t·G_{t+1}, G_T = bootstrap. */
export function discountedReturns(
  rewards: usize,
  discounts: usize,
  bootstrap: usize,
  returns: usize,
  T: i32,
  B: i32,
): void {
  const row = <usize>B << 2;
  const whole = <usize>(B & ~3) << 2;
  let next = bootstrap;
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * row;
    const r = rewards + at;
    const y = discounts + at;
    const out = returns + at;
    let b: usize = 0;
    for (; b < whole; b += 16) {
      v128.store(out + b, f32x4.add(v128.load(r + b), f32x4.mul(v128.load(y + b), v128.load(next + b))));
    }
    for (; b < row; b += 4) store<f32>(out + b, load<f32>(r + b) + load<f32>(y + b) * load<f32>(next + b));
    next = out;
  }
}

/** A_t = δ_t + (γ_t·λ_t)·A_{t+1}, δ_t = (r_t + γ_t·V'_t) − V_t, A_T = +0. */
export function gae(
  rewards: usize,
  discounts: usize,
  lambdas: usize,
  values: usize,
  nextValues: usize,
  advantages: usize,
  T: i32,
  B: i32,
): void {
  const row = <usize>B << 2;
  const whole = <usize>(B & ~3) << 2;
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * row;
    const last = t == T - 1;
    let b = at;
    for (const end = at + whole; b < end; b += 16) {
      const y = v128.load(discounts + b);
      const next = last ? f32x4.splat(0) : v128.load(advantages + b + row);
      const target = f32x4.add(v128.load(rewards + b), f32x4.mul(y, v128.load(nextValues + b)));
      const delta = f32x4.sub(target, v128.load(values + b));
      v128.store(advantages + b, f32x4.add(delta, f32x4.mul(f32x4.mul(y, v128.load(lambdas + b)), next)));
    }
    for (const end = at + row; b < end; b += 4) {
      const y = load<f32>(discounts + b);
      const next: f32 = last ? 0 : load<f32>(advantages + b + row);
      const delta = load<f32>(rewards + b) + y * load<f32>(nextValues + b) - load<f32>(values + b);
      store<f32>(advantages + b, delta + y * load<f32>(lambdas + b) * next);
    }
  }
}

/** e_t = min(ρ̄, ρ_t)·((r_t + γ_t·V'_t) − V_t) + ((γ_t·λ_t)·min(c̄, ρ_t))·e_{t+1}, e_T = +0; valueTarget_t = V_t + e_t;
 *  advantage_t = min(ρ̄_pg, ρ_t)·((r_t + γ_t·(V'_t + (λ_t ≠ 0 ? e_{t+1} : +0))) − V_t).
 *  errors: B floats of scratch that carry e; a ρ̄_pg below 0 is none, and advantages are not weighed. */
export function vtrace(
  ratios: usize,
  rewards: usize,
  discounts: usize,
  lambdas: usize,
  values: usize,
  nextValues: usize,
  valueTargets: usize,
  advantages: usize,
  T: i32,
  B: i32,
  rhoBar: f32,
  cBar: f32,
  pgRhoBar: f32,
  errors: usize,
): void {
  const row = <usize>B << 2;
  const whole = <usize>(B & ~3) << 2;
  memory.fill(errors, 0, row);
  const weighs = pgRhoBar >= 0;
  for (let t = T - 1; t >= 0; t--) {
    const at = <usize>t * row;
    let b: usize = 0;
    for (; b < whole; b += 16) {
      const j = at + b;
      const ratio = v128.load(ratios + j);
      const r = v128.load(rewards + j);
      const y = v128.load(discounts + j);
      const lambda = v128.load(lambdas + j);
      const v = v128.load(values + j);
      const vNext = v128.load(nextValues + j);
      const e = v128.load(errors + b);
      const carried = v128.and(f32x4.ne(lambda, f32x4.splat(0)), e);
      const target = f32x4.add(r, f32x4.mul(y, f32x4.add(vNext, carried)));
      const weight = weighs ? clip(ratio, pgRhoBar) : f32x4.splat(1);
      v128.store(advantages + j, f32x4.mul(weight, f32x4.sub(target, v)));
      const error = f32x4.sub(f32x4.add(r, f32x4.mul(y, vNext)), v);
      const trace = f32x4.mul(f32x4.mul(y, lambda), clip(ratio, cBar));
      const now = f32x4.add(f32x4.mul(clip(ratio, rhoBar), error), f32x4.mul(trace, e));
      v128.store(errors + b, now);
      v128.store(valueTargets + j, f32x4.add(v, now));
    }
    for (; b < row; b += 4) {
      const j = at + b;
      const ratio = load<f32>(ratios + j);
      const r = load<f32>(rewards + j);
      const y = load<f32>(discounts + j);
      const lambda = load<f32>(lambdas + j);
      const v = load<f32>(values + j);
      const vNext = load<f32>(nextValues + j);
      const e = load<f32>(errors + b);
      const carried: f32 = lambda != 0 ? e : 0;
      const weight: f32 = weighs ? clipScalar(ratio, pgRhoBar) : 1;
      store<f32>(advantages + j, weight * (r + y * (vNext + carried) - v));
      const error = r + y * vNext - v;
      const now = clipScalar(ratio, rhoBar) * error + y * lambda * clipScalar(ratio, cBar) * e;
      store<f32>(errors + b, now);
      store<f32>(valueTargets + j, v + now);
    }
  }
}

/** bar < ratio ? bar : ratio, so that a NaN ratio stays NaN. */
@inline
function clip(ratio: v128, bar: f32): v128 {
  return f32x4.pmin(ratio, f32x4.splat(bar));
}

@inline
function clipScalar(ratio: f32, bar: f32): f32 {
  return bar < ratio ? bar : ratio;
}
