/* The loss of a policy gradient in one pass, of a block of rows with its gradients; lanes go over rows. docs/numerics.md. */

/* Sums over the rows, in stripes: losses of policy and value. */
struct NAME(WeightedSums) {
  vf policy[GROUPS], value[GROUPS];
};

/* One vector of rows; a bound below 0 is none. */
INLINE void weightedRows(const struct WeightedArrays *a, const struct WeightedScalars *s, struct NAME(WeightedSums) *sums, const int group,
                         const long b, const long left) {
  const int *rows = a->samples + b;
  const vi live = left < W ? laneMask(left) : splatInt(-1);
  const vf logProb = loadRows(a->logProbs + b, left);
  vf advantage = (gather(a->advantages, rows, left) - splat(s->mean)) * splat(s->scale);
  if (a->weights) advantage = (vf)((vi)advantage & (gather(a->weights, rows, left) != splat(0)));
  vf free = -advantage;
  if (s->ratioBound >= 0) free = free * atMost(exponential(logProb - loadRows(a->behaviorLogProbs + b, left)), s->ratioBound);
  storeRows(a->dLogProbs + b, free * splat(s->lossScale), left);
  sums->policy[group] = sums->policy[group] + (vf)((vi)(free * logProb) & live);
  const vf error = loadRows(a->values + b, left) - gather(a->valueTargets, rows, left);
  storeRows(a->dValues + b, error * splat(s->valueScale), left);
  sums->value[group] = sums->value[group] + (vf)((vi)(splat(0.5f) * (error * error)) & live);
}

void NAME(weightedObjective)(const struct WeightedArrays *arrays, long B, const struct WeightedScalars *scalars) {
  const struct WeightedArrays a = *arrays;
  const struct WeightedScalars s = *scalars;
  struct NAME(WeightedSums) sums = {};
  long b = 0;
  for (; b + STRIPES <= B; b += STRIPES) EACH_GROUP(group) weightedRows(&a, &s, &sums, group, b + group * W, W);
  for (int group = 0; b < B; b += W, group++) weightedRows(&a, &s, &sums, group, b, B - b);
  a.sums[0] = joinStripes(sums.policy);
  a.sums[1] = joinStripes(sums.value);
}
