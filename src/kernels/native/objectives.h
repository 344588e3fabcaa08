/* Losses of a block of rows with their gradients; lanes go over rows. docs/numerics.md. */

/* Sums over the rows, in stripes: losses of policy and value, (ρ − 1) − log ρ, ratios beyond the bounds. */
struct NAME(ClippedSums) {
  vf policy[GROUPS], value[GROUPS], divergence[GROUPS], clipped[GROUPS];
};

/* One vector of rows; a NaN is never clipped away. */
INLINE void clippedRows(const struct ClippedArrays *a, const struct ClippedScalars *s, struct NAME(ClippedSums) *sums, const int group,
                        const long b, const long left) {
  const int *rows = a->samples + b;
  const vi live = left < W ? laneMask(left) : splatInt(-1);
  const vf low = splat(s->low), high = splat(s->high);
  const vf logRatio = loadRows(a->logProbs + b, left) - loadRows(a->behaviorLogProbs + b, left);
  const vf ratio = exponential(logRatio);
  vf advantage = (gather(a->advantages, rows, left) - splat(s->mean)) * splat(s->scale);
  if (a->weights) advantage = (vf)((vi)advantage & (gather(a->weights, rows, left) != splat(0)));
  const vi below = ratio < low, above = ratio > high;
  const vf bounded = choose(below, low, choose(above, high, ratio));
  const vf free = -advantage * ratio, held = -advantage * bounded;
  const vi outside = ((advantage > splat(0)) & above) | ((advantage < splat(0)) & below);
  storeRows(a->dLogProbs + b, (vf)((vi)(free * splat(s->lossScale)) & ~outside), left);
  sums->policy[group] = sums->policy[group] + (vf)((vi)choose(held < free, free, held) & live);

  const vf value = loadRows(a->values + b, left);
  const vf old = gather(a->oldValues, rows, left), target = gather(a->valueTargets, rows, left);
  const vf plain = value - target, shift = value - old;
  const vf moved = atMost(atLeast(shift, -s->valueClip), s->valueClip);
  const vf kept = (old + moved) - target;
  const vf square = plain * plain, keptSquare = kept * kept;
  const vi dropped = (magnitude(shift) > splat(s->valueClip)) & (square < keptSquare);
  storeRows(a->dValues + b, (vf)((vi)(plain * splat(s->valueScale)) & ~dropped), left);
  sums->value[group] = sums->value[group] + (vf)((vi)(splat(0.5f) * choose(dropped, keptSquare, square)) & live);

  sums->divergence[group] = sums->divergence[group] + (vf)((vi)((ratio - splat(1)) - logRatio) & live);
  sums->clipped[group] = sums->clipped[group] + (vf)((vi)splat(1) & (below | above) & live);
}

void NAME(clippedObjective)(const struct ClippedArrays *arrays, long B, const struct ClippedScalars *scalars) {
  /* Copies, which no store can change: what they hold stays in registers. */
  const struct ClippedArrays a = *arrays;
  const struct ClippedScalars s = *scalars;
  struct NAME(ClippedSums) sums = {};
  long b = 0;
  for (; b + STRIPES <= B; b += STRIPES) EACH_GROUP(group) clippedRows(&a, &s, &sums, group, b + group * W, W);
  for (int group = 0; b < B; b += W, group++) clippedRows(&a, &s, &sums, group, b, B - b);
  a.sums[0] = joinStripes(sums.policy);
  a.sums[1] = joinStripes(sums.value);
  a.sums[2] = joinStripes(sums.divergence);
  a.sums[3] = joinStripes(sums.clipped);
}

/* Σ_j values[rows[j]] of n rows, or with `square` Σ_j (values[rows[j]] − mean)², in eight float64 stripes as `sum`; rows NULL: of the
   first n values. */
double NAME(sumRows)(const float *values, const int *rows, long n, double mean, int square) {
  typedef double v8d __attribute__((vector_size(64), aligned(8)));
  typedef float v8f __attribute__((vector_size(32), aligned(4), may_alias));
  v8d stripes = {};
  const v8d center = mean - (v8d){};
  long j = 0;
  for (; j + 8 <= n; j += 8) {
    v8f chosen;
    if (rows == NULL) {
      chosen = *(const v8f *)(values + j);
    } else {
#if W >= 8
      chosen = (v8f)_mm256_i32gather_ps(values, _mm256_loadu_si256((const __m256i *)(rows + j)), 4);
#else
      for (int l = 0; l < 8; l++) chosen[l] = values[rows[j + l]];
#endif
    }
    const v8d wide = __builtin_convertvector(chosen, v8d);
    const v8d off = wide - center;
    stripes = stripes + (square ? off * off : wide);
  }
  for (int s = 0; j < n; j++, s++) {
    const double wide = values[rows == NULL ? j : rows[j]];
    stripes[s] = stripes[s] + (square ? (wide - mean) * (wide - mean) : wide);
  }
  return ((stripes[0] + stripes[4]) + (stripes[2] + stripes[6])) + ((stripes[1] + stripes[5]) + (stripes[3] + stripes[7]));
}

/* output[r] = input[rows[r]] of n rows. */
void NAME(gatherFloats)(const float *input, const int *rows, float *output, long n) {
  for (long r = 0; r < n; r += W) storeRows(output + r, gather(input, rows + r, n - r), n - r);
}
