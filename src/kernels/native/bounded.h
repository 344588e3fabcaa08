/* Gaussians brought into bounds that may be on either side, both or none, and a row's own: outputs [B, row], of which the first A are the
   means; log σ [B, A], or [A] where its row is 0; bounds [B, 4, A], or [4, A] where theirs is 0. Lanes go over rows. */

/* The bounds of an element in W rows. */
struct NAME(Place) {
  vf low, high, lowest, highest, half;
  /* Whether there is anything to decide, and which bounds there are. */
  vi live, hasLow, pair, single;
};

INLINE struct NAME(Place) placeOf(const float *bounds, long row, int A, long left) {
  struct NAME(Place) own;
  own.low = row ? column(bounds, row, left) : splat(bounds[0]);
  own.high = row ? column(bounds + A, row, left) : splat(bounds[A]);
  own.lowest = row ? column(bounds + 2 * A, row, left) : splat(bounds[2 * A]);
  own.highest = row ? column(bounds + 3 * A, row, left) : splat(bounds[3 * A]);
  own.half = own.high * splat(0.5f) - own.low * splat(0.5f);
  own.live = own.low < own.lowest;
  own.hasLow = own.low > splat(-__builtin_inff());
  const vi hasHigh = own.high < splat(__builtin_inff());
  own.pair = own.hasLow & hasHigh;
  own.single = own.hasLow ^ hasHigh;
  return own;
}

/* A NaN stays. */
INLINE vf held(const struct NAME(Place) *own, vf action) {
  const vf raised = choose(action < own->lowest, own->lowest, action);
  return choose(own->highest < raised, own->highest, raised);
}

/* e = exp(−|u|), or exp(−2|u|) between two bounds. */
INLINE vf fallOf(const struct NAME(Place) *own, vf u) {
  const vf size = magnitude(u);
  return exponential(negated(choose(own->pair, size + size, size)));
}

INLINE vf squashed(const struct NAME(Place) *own, vf u) {
  const vf e = fallOf(own, u);
  const vf way = own->half * ((e + e) / (splat(1) + e));
  const vf between = choose(u < splat(0), own->low + way, own->high - way);
  const vf beside = softPlusFrom(u, e);
  const vf single = choose(own->hasLow, own->low + beside, own->high - beside);
  return held(own, choose(own->pair, between, choose(own->single, single, u)));
}

/* u, and log |da/du| to *logSlope. */
INLINE vf unsquashed(const struct NAME(Place) *own, vf given, vf *logSlope) {
  const vf action = held(own, given);
  const vf fromLow = action - own->low, fromHigh = own->high - action;
  const vf distance = choose(own->hasLow, fromLow, fromHigh);
  const vf t = hyperbolicTangent(distance * splat(0.5f));
  const vf ratio = choose(own->pair, fromLow, t + t) / choose(own->pair, fromHigh, splat(1) + t);
  const vf first = logarithm(ratio);
  const vf second = logarithm((fromLow / own->half) * fromHigh);
  *logSlope = choose(own->pair, second, (vf)((vi)first & own->single));
  return choose(own->pair, splat(0.5f) * first, choose(own->single, distance + first, action));
}

INLINE vf spreadOf(const float *logStd, long row, long left) { return row ? column(logStd, row, left) : splat(logStd[0]); }

void NAME(networkStd)(const float *outputs, float *logStd, float *slopes, long B, int A, const struct StdCurve *curve) {
  const vf steepest = splat(curve->half * curve->scale);
  for (int j = 0; j < A; j++) {
    for (long b = 0; b < B; b += W) {
      const long left = B - b, k = b * A + j;
      const vf x = column(outputs + 2 * b * A + A + j, 2 * A, left);
      const vf y = hyperbolicTangent(splat(curve->start) + x * splat(curve->scale));
      storeColumn(logStd + k, splat(curve->middle) + splat(curve->half) * y, A, left);
      storeColumn(slopes + k, steepest * ((splat(1) - y) * (splat(1) + y)), A, left);
    }
  }
}

/* Without noise the squashed means. */
void NAME(boundedSample)(const float *outputs, const float *logStd, const float *noise, const float *bounds, float *actions, long B, int A,
                         long row, long stdRow, long boundRow) {
  for (int j = 0; j < A; j++) {
    for (long b = 0; b < B; b += W) {
      const long left = B - b, k = b * A + j;
      const struct NAME(Place) own = placeOf(bounds + b * boundRow + j, boundRow, A, left);
      vf u = column(outputs + b * row + j, row, left);
      if (noise) u = u + exponential(spreadOf(logStd + b * stdRow + j, stdRow, left)) * column(noise + k, A, left);
      storeColumn(actions + k, squashed(&own, u), A, left);
    }
  }
}

/* Without actions the entropies alone, without entropies the other. */
void NAME(boundedEvaluate)(const float *outputs, const float *logStd, const float *actions, const float *bounds, float *logProbs,
                           float *entropies, long B, int A, long row, long stdRow, long boundRow) {
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    vf logProb = splat(0), entropy = splat(0);
    for (int j = 0; j < A; j++) {
      const struct NAME(Place) own = placeOf(bounds + b * boundRow + j, boundRow, A, left);
      const vf spread = spreadOf(logStd + b * stdRow + j, stdRow, left);
      entropy = entropy + (vf)((vi)(spread + splat(ENTROPY_AT_ONE)) & own.live);
      if (!actions) continue;
      vf logSlope;
      const vf u = unsquashed(&own, column(actions + b * A + j, A, left), &logSlope);
      const vf z = (u - column(outputs + b * row + j, row, left)) * exponential(negated(spread));
      const vf term = (negated(spread) - splat(HALF_LOG_TWO_PI)) - splat(0.5f) * (z * z);
      logProb = logProb + (vf)((vi)(term - logSlope) & own.live);
    }
    if (actions) storeRows(logProbs + b, logProb, left);
    if (entropies) storeRows(entropies + b, entropy, left);
  }
}

/* With slopes the gradients of the rows' own deviations, as outputs lie; else the sums over rows are added to dLogStd [A], in stripes. */
void NAME(boundedBackward)(const float *outputs, const float *logStd, const float *slopes, const float *actions, const float *bounds,
                           const float *dLogProbs, const float *dEntropies, float *dOutputs, float *dLogStd, long B, int A, long row,
                           long stdRow, long boundRow, float *scratch) {
  if (!slopes) memset(scratch, 0, 4 * STRIPES * (size_t)A);
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const vf g = loadRows(dLogProbs + b, left), h = loadRows(dEntropies + b, left);
    const vi there = left < W ? laneMask(left) : splatInt(-1);
    for (int j = 0; j < A; j++) {
      const long k = b * A + j, at = b * row + j;
      const struct NAME(Place) own = placeOf(bounds + b * boundRow + j, boundRow, A, left);
      const vf inverse = exponential(negated(spreadOf(logStd + b * stdRow + j, stdRow, left)));
      vf logSlope;
      const vf z = (unsquashed(&own, column(actions + k, A, left), &logSlope) - column(outputs + at, row, left)) * inverse;
      const vf term = g * (z * z - splat(1)) + h;
      storeColumn(dOutputs + at, (vf)((vi)(g * (z * inverse)) & own.live), row, left);
      if (slopes) {
        storeColumn(dOutputs + at + A, (vf)((vi)(term * column(slopes + k, A, left)) & own.live), row, left);
      } else {
        float *part = scratch + j * STRIPES + b % STRIPES;
        store(part, load(part) + (vf)((vi)term & own.live & there));
      }
    }
  }
  if (!slopes)
    for (int j = 0; j < A; j++) dLogStd[j] = dLogStd[j] + joinParts(scratch + j * STRIPES);
}

void NAME(boundedPathwise)(const float *outputs, const float *logStd, const float *slopes, const float *noise, const float *bounds,
                           const float *dActions, const float *dLogProbs, float *dOutputs, long B, int A, long boundRow) {
  const long row = 2 * A;
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const vf g = loadRows(dLogProbs + b, left);
    for (int j = 0; j < A; j++) {
      const long k = b * A + j, at = b * row + j;
      const struct NAME(Place) own = placeOf(bounds + b * boundRow + j, boundRow, A, left);
      const vf shift = exponential(column(logStd + k, A, left)) * column(noise + k, A, left);
      const vf u = column(outputs + at, row, left) + shift;
      const vi below = u < splat(0);
      const vf e = fallOf(&own, u);
      const vf sum = splat(1) + e;
      const vf y = (splat(1) - e) / sum;
      const vf steep = own.half * (((e + e) / sum) * (splat(2) / sum));
      const vf near = splat(1) / sum, far = e / sum;
      const vf share = choose(below, far, near);
      const vf single = choose(own.hasLow, share, negated(share));
      const vf slope = choose(own.pair, steep, choose(own.single, single, splat(1)));
      const vf ofPair = splat(-2) * choose(below, negated(y), y);
      const vf dLogSlope = choose(own.pair, ofPair, (vf)((vi)choose(below, near, far) & own.single));
      const vf dU = column(dActions + k, A, left) * slope - g * dLogSlope;
      storeColumn(dOutputs + at, (vf)((vi)dU & own.live), row, left);
      storeColumn(dOutputs + at + A, (vf)((vi)((dU * shift - g) * column(slopes + k, A, left)) & own.live), row, left);
    }
  }
}
