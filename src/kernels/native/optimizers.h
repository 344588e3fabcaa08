/* Optimizer steps over contiguous parameters, and the sums that clip gradients; docs/numerics.md. */

#if W == 16
INLINE vf squareRoot(vf x) { return (vf)_mm512_sqrt_ps((__m512)x); }
#elif W == 8
INLINE vf squareRoot(vf x) { return (vf)_mm256_sqrt_ps((__m256)x); }
#else
INLINE vf squareRoot(vf x) {
  for (int l = 0; l < W; l++) x[l] = __builtin_sqrtf(x[l]);
  return x;
}
#endif

void NAME(adam)(float *parameters, const float *gradients, float *mean, float *variance, long n, const struct AdamScalars *s) {
  const vf keepMean = splat(s->keepMean), takeMean = splat(s->takeMean);
  const vf keepVariance = splat(s->keepVariance), takeVariance = splat(s->takeVariance);
  const vf stepSize = splat(s->stepSize), scale = splat(s->varianceScale), epsilon = splat(s->epsilon);
  const vf coupled = splat(s->coupled), shrink = splat(s->shrink);
  const int couples = s->coupled != 0, shrinks = s->shrink != 1;
  for (long j = 0; j < n; j += W) {
    float part[4][W];
    float *p = parameters + j, *m = mean + j, *v = variance + j;
    const float *g = gradients + j;
    const long left = n - j;
    if (left < W) {
      memset(part, 0, sizeof part);
      memcpy(part[0], p, 4 * left), memcpy(part[1], g, 4 * left), memcpy(part[2], m, 4 * left), memcpy(part[3], v, 4 * left);
      p = part[0], g = part[1], m = part[2], v = part[3];
    }
    vf parameter = load(p);
    vf gradient = load(g);
    if (couples) gradient = gradient + coupled * parameter;
    if (shrinks) parameter = parameter * shrink;
    const vf newMean = keepMean * load(m) + takeMean * gradient;
    const vf newVariance = keepVariance * load(v) + (takeVariance * gradient) * gradient;
    store(m, newMean);
    store(v, newVariance);
    store(p, parameter - (stepSize * newMean) / (squareRoot(newVariance) * scale + epsilon));
    if (left < W) memcpy(parameters + j, p, 4 * left), memcpy(mean + j, m, 4 * left), memcpy(variance + j, v, 4 * left);
  }
}

/* Σ x or Σ x² in eight float64 stripes: element j goes to stripe j mod 8. */
double NAME(sum)(const float *values, long n, int square) {
  typedef double v8d __attribute__((vector_size(64), aligned(8)));
  typedef float v8f __attribute__((vector_size(32), aligned(4), may_alias));
  v8d stripes = {};
  long j = 0;
  for (; j + 8 <= n; j += 8) {
    const v8d wide = __builtin_convertvector(*(const v8f *)(values + j), v8d);
    stripes = stripes + (square ? wide * wide : wide);
  }
  for (int s = 0; j < n; j++, s++) {
    const double wide = values[j];
    stripes[s] = stripes[s] + (square ? wide * wide : wide);
  }
  return ((stripes[0] + stripes[4]) + (stripes[2] + stripes[6])) + ((stripes[1] + stripes[5]) + (stripes[3] + stripes[7]));
}
