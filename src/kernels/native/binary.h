/* Yes-or-no decisions [B, A] by logits; lanes go over elements where they are apart, and over rows where those of a row are added up. */

void NAME(binaryEvaluate)(const float *logits, const float *actions, float *logProbs, float *entropies, long B, int A) {
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    vf logProb = splat(0), entropy = splat(0);
    for (int j = 0; j < A; j++) {
      const long k = b * A + j;
      const vf x = column(logits + k, A, left);
      if (actions) logProb = logProb - softPlus(choose(column(actions + k, A, left) == splat(1), negated(x), x));
      if (!entropies) continue;
      const vf size = magnitude(x);
      const vf e = exponential(negated(size));
      const vf rest = (vf)((vi)((size * e) / (splat(1) + e)) & (e != splat(0)));
      entropy = entropy + (softPlus(negated(size)) + rest);
    }
    if (logProbs) storeRows(logProbs + b, logProb, left);
    if (entropies) storeRows(entropies + b, entropy, left);
  }
}

void NAME(binarySample)(const float *logits, const float *noise, float *actions, float *logProbs, long B, int A) {
  const long n = B * A;
  for (long k = 0; k < n; k += W) {
    const long left = n - k;
    const vi yes = loadRows(noise + k, left) < logistic(loadRows(logits + k, left));
    storeRows(actions + k, (vf)((vi)splat(1) & yes), left);
  }
  NAME(binaryEvaluate)(logits, actions, logProbs, NULL, B, A);
}

void NAME(binaryBackward)(const float *logits, const float *actions, const float *dLogProbs, const float *dEntropies, float *dLogits,
                          long B, int A) {
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const vf g = loadRows(dLogProbs + b, left), h = loadRows(dEntropies + b, left);
    for (int j = 0; j < A; j++) {
      const long k = b * A + j;
      const vf x = column(logits + k, A, left);
      const vf p = logistic(x);
      const vf spread = x * (p * logistic(negated(x)));
      const vf gradient = g * (column(actions + k, A, left) - p) - h * spread;
      storeColumn(dLogits + k, (vf)((vi)gradient & (magnitude(x) != splat(__builtin_inff()))), A, left);
    }
  }
}
