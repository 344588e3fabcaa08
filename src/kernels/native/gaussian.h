/* Diagonal Gaussians with one log σ per action element: means and actions [B, A]. Lanes go over rows: where there is one element they
   lie side by side, and A is a constant of its own loops. scratch: A floats 1/σ, then 16·A of stripes. */

INLINE float exponentialOf(float x) { return exponential(splat(x))[0]; }

static void loadInverses(const float *logStd, float *inverses, int A) {
  for (int j = 0; j < A; j++) inverses[j] = exponentialOf(-logStd[j]);
}

INLINE void gaussianLogProbOf(const float *means, const float *logStd, const float *actions, float *logProbs, long B, const int A, float *scratch) {
  float sum = 0;
  for (int j = 0; j < A; j++) sum = sum + logStd[j];
  const vf atMean = splat(-sum - (float)(A * 0.9189385332046727));
  loadInverses(logStd, scratch, A);
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    vf squares = splat(0);
    for (int j = 0; j < A; j++) {
      const long k = b * A + j;
      const vf z = (column(actions + k, A, left) - column(means + k, A, left)) * splat(scratch[j]);
      squares = squares + z * z;
    }
    storeRows(logProbs + b, atMean - splat(0.5f) * squares, left);
  }
}

/* actions = mean + σ·noise, and their log-probabilities. */
INLINE void gaussianSampleOf(const float *means, const float *logStd, const float *noise, float *actions, float *logProbs, long B, const int A,
                       float *scratch) {
  for (int j = 0; j < A; j++) {
    const vf std = splat(exponentialOf(logStd[j]));
    for (long b = 0; b < B; b += W) {
      const long left = B - b, k = b * A + j;
      storeColumn(actions + k, column(means + k, A, left) + std * column(noise + k, A, left), A, left);
    }
  }
  gaussianLogProbOf(means, logStd, actions, logProbs, B, A, scratch);
}

/* dMean = g·(z/σ); dLogStd += Σ_b g·(z² − 1) + h, in stripes. */
INLINE void gaussianBackwardOf(const float *means, const float *logStd, const float *actions, const float *dLogProbs, const float *dEntropies,
                         float *dMeans, float *dLogStd, long B, const int A, float *scratch) {
  loadInverses(logStd, scratch, A);
  float *parts = scratch + A;
  memset(parts, 0, 4 * STRIPES * (size_t)A);
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const vf g = loadRows(dLogProbs + b, left), h = loadRows(dEntropies + b, left);
    const vi live = left < W ? laneMask(left) : splatInt(-1);
    for (int j = 0; j < A; j++) {
      const long k = b * A + j;
      const vf inverse = splat(scratch[j]);
      const vf z = (column(actions + k, A, left) - column(means + k, A, left)) * inverse;
      storeColumn(dMeans + k, g * (z * inverse), A, left);
      float *part = parts + j * STRIPES + b % STRIPES;
      store(part, load(part) + (vf)((vi)(g * (z * z - splat(1)) + h) & live));
    }
  }
  for (int j = 0; j < A; j++) dLogStd[j] = dLogStd[j] + joinParts(parts + j * STRIPES);
}

void NAME(gaussianLogProb)(const float *means, const float *logStd, const float *actions, float *logProbs, long B, int A, float *scratch) {
  if (A == 1) gaussianLogProbOf(means, logStd, actions, logProbs, B, 1, scratch);
  else gaussianLogProbOf(means, logStd, actions, logProbs, B, A, scratch);
}

void NAME(gaussianSample)(const float *means, const float *logStd, const float *noise, float *actions, float *logProbs, long B, int A,
                          float *scratch) {
  if (A == 1) gaussianSampleOf(means, logStd, noise, actions, logProbs, B, 1, scratch);
  else gaussianSampleOf(means, logStd, noise, actions, logProbs, B, A, scratch);
}

void NAME(gaussianBackward)(const float *means, const float *logStd, const float *actions, const float *dLogProbs,
                            const float *dEntropies, float *dMeans, float *dLogStd, long B, int A, float *scratch) {
  if (A == 1) gaussianBackwardOf(means, logStd, actions, dLogProbs, dEntropies, dMeans, dLogStd, B, 1, scratch);
  else gaussianBackwardOf(means, logStd, actions, dLogProbs, dEntropies, dMeans, dLogStd, B, A, scratch);
}
