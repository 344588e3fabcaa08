/* Real numbers [B, A] squashed between two bounds of each element, and back. bounds [4, A]: low, high, lowest and highest action. Lanes go
   over rows. */

struct NAME(Interval) {
  vf low, high, half;
  float lowest, highest;
};

INLINE struct NAME(Interval) interval(const float *bounds, int j, int A) {
  const struct NAME(Interval) own = {splat(bounds[j]), splat(bounds[A + j]), splat(bounds[A + j] * 0.5f - bounds[j] * 0.5f),
                                     bounds[2 * A + j], bounds[3 * A + j]};
  return own;
}

/* A NaN stays. */
INLINE vf hold(const struct NAME(Interval) *own, vf action) { return atMost(atLeast(action, own->lowest), own->highest); }

void NAME(squash)(const float *u, const float *bounds, float *actions, long B, int A) {
  for (int j = 0; j < A; j++) {
    const struct NAME(Interval) own = interval(bounds, j, A);
    for (long b = 0; b < B; b += W) {
      const long left = B - b, k = b * A + j;
      const vf x = column(u + k, A, left);
      const vf size = magnitude(x);
      const vf e = exponential(-(size + size));
      const vf way = own.half * ((e + e) / (splat(1) + e));
      storeColumn(actions + k, hold(&own, choose(x < splat(0), own.low + way, own.high - way)), A, left);
    }
  }
}

void NAME(unsquash)(const float *actions, const float *bounds, float *u, float *logSlopes, long B, int A) {
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    vf slopes = splat(0);
    for (int j = 0; j < A; j++) {
      const struct NAME(Interval) own = interval(bounds, j, A);
      const long k = b * A + j;
      const vf action = hold(&own, column(actions + k, A, left));
      const vf fromLow = action - own.low, fromHigh = own.high - action;
      storeColumn(u + k, splat(0.5f) * logarithm(fromLow / fromHigh), A, left);
      slopes = slopes + logarithm((fromLow / own.half) * fromHigh);
    }
    storeRows(logSlopes + b, slopes, left);
  }
}
