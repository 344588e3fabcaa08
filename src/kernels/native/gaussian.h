/* Diagonal Gaussians with one log σ per action element: means and actions [B, A]. Lanes go over rows where there is one element;
   more are taken one by one. scratch: A floats 1/σ, then 16·A of stripes. */

INLINE float exponentialOf(float x) { return exponential(splat(x))[0]; }

static void loadInverses(const float *logStd, float *inverses, int A) {
  for (int j = 0; j < A; j++) inverses[j] = exponentialOf(-logStd[j]);
}

void NAME(gaussianLogProb)(const float *means, const float *logStd, const float *actions, float *logProbs, long B, int A, float *scratch) {
  float sum = 0;
  for (int j = 0; j < A; j++) sum = sum + logStd[j];
  const float atMean = -sum - (float)(A * 0.9189385332046727);
  loadInverses(logStd, scratch, A);
  if (A == 1) {
    const vf inverse = splat(scratch[0]);
    for (long b = 0; b < B; b += W) {
      const long left = B - b;
      const vf z = (loadRows(actions + b, left) - loadRows(means + b, left)) * inverse;
      storeRows(logProbs + b, splat(atMean) - splat(0.5f) * (z * z), left);
    }
    return;
  }
  for (long b = 0; b < B; b++, actions += A, means += A) {
    float squares = 0;
    for (int j = 0; j < A; j++) {
      const float z = (actions[j] - means[j]) * scratch[j];
      squares = squares + z * z;
    }
    logProbs[b] = atMean - 0.5f * squares;
  }
}

/* actions = mean + σ·noise, and their log-probabilities. */
void NAME(gaussianSample)(const float *means, const float *logStd, const float *noise, float *actions, float *logProbs, long B, int A,
                          float *scratch) {
  if (A == 1) {
    const vf std = splat(exponentialOf(logStd[0]));
    for (long b = 0; b < B; b += W) {
      const long left = B - b;
      storeRows(actions + b, loadRows(means + b, left) + std * loadRows(noise + b, left), left);
    }
  } else {
    for (int j = 0; j < A; j++) {
      const float std = exponentialOf(logStd[j]);
      for (long k = j; k < B * A; k += A) actions[k] = means[k] + std * noise[k];
    }
  }
  NAME(gaussianLogProb)(means, logStd, actions, logProbs, B, A, scratch);
}

/* dMean = g·(z/σ); dLogStd += Σ_b g·(z² − 1) + h, in stripes. */
void NAME(gaussianBackward)(const float *means, const float *logStd, const float *actions, const float *dLogProbs,
                            const float *dEntropies, float *dMeans, float *dLogStd, long B, int A, float *scratch) {
  loadInverses(logStd, scratch, A);
  if (A == 1) {
    const vf inverse = splat(scratch[0]);
    vf sums[GROUPS] = {};
    for (long first = 0; first < B; first += STRIPES) {
      EACH_GROUP(group) {
        const long b = first + group * W;
        const long left = B - b;
        if (left <= 0) break;
        const vf g = loadRows(dLogProbs + b, left);
        const vf z = (loadRows(actions + b, left) - loadRows(means + b, left)) * inverse;
        storeRows(dMeans + b, g * (z * inverse), left);
        vf term = g * (z * z - splat(1)) + loadRows(dEntropies + b, left);
        if (left < W) term = (vf)((vi)term & laneMask(left));
        sums[group] = sums[group] + term;
      }
    }
    dLogStd[0] = dLogStd[0] + joinStripes(sums);
    return;
  }
  float *parts = scratch + A;
  memset(parts, 0, 4 * STRIPES * (size_t)A);
  for (long b = 0; b < B; b++, actions += A, means += A, dMeans += A) {
    const float g = dLogProbs[b], h = dEntropies[b];
    float *part = parts + b % STRIPES * A;
    for (int j = 0; j < A; j++) {
      const float z = (actions[j] - means[j]) * scratch[j];
      dMeans[j] = g * (z * scratch[j]);
      part[j] = part[j] + (g * (z * z - 1.0f) + h);
    }
  }
  for (int j = 0; j < A; j++) {
    float own[STRIPES];
    for (int l = 0; l < STRIPES; l++) own[l] = parts[l * A + j];
    dLogStd[j] = dLogStd[j] + joinParts(own);
  }
}
