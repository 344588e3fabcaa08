/* Small policies whose arrays are written down once and read here by address: `wasm/groups.ts` writes them, and
   `assembly/groups.ts` is the same in WebAssembly. The arithmetic is that of the kernels called here, in the order of separate calls. */

/* Addresses are offsets in the kernel memory. */
struct Actor {
  uint32_t chain, parameters, logStd, A, observations, I, noise, actions, logProbs, block, output;
};

#define FLOATS(address) ((float *)(memory + (address)))

void NAME(gaussianActs)(const void *group, long count, char *memory, long t, long B, float *scratch) {
  const struct Actor *actor = group;
  for (long i = 0; i < count; i++, actor++) {
    const long A = actor->A, I = actor->I, block = actor->block;
    for (long b = 0; b < B; b += block) {
      const long rows = B - b < block ? B - b : block;
      const long row = t * B + b;
      NAME(chainForward)((const uint32_t *)(memory + actor->chain), memory, FLOATS(actor->parameters), FLOATS(actor->observations) + row * I,
                         rows, scratch);
      NAME(gaussianSample)(FLOATS(actor->output), FLOATS(actor->logStd), FLOATS(actor->noise) + row * A, FLOATS(actor->actions) + row * A,
                           FLOATS(actor->logProbs) + row, rows, A, scratch);
    }
  }
}

struct Step {
  uint32_t policy, critic, parameters, gradients, mean, variance, n, P, A, I, arraysAt, block, widest, normalizes;
  uint32_t observations, actions, behaviorLogProbs, advantages, oldValues, valueTargets, means, values;
};

struct StepNumbers {
  double low, high, valueClip, lossScale, valueScale, dEntropy, maxNorm, lowestLogStd, highestLogStd, adam[9];
  double sums[6];
};

static void gatherWide(const float *input, const int *rows, float *output, long n, long width) {
  if (width == 1) {
    NAME(gatherFloats)(input, rows, output, n);
    return;
  }
  for (long r = 0; r < n; r++) memcpy(output + r * width, input + rows[r] * width, 4 * width);
}

void NAME(clippedStep)(void *written, char *memory, const int *samples, long count, float *scratch) {
  const struct Step s = *(const struct Step *)written;
  struct StepNumbers *const numbers = (struct StepNumbers *)((char *)written + 128);
  const uint32_t *policy = (const uint32_t *)(memory + s.policy), *critic = (const uint32_t *)(memory + s.critic);
  float *parameters = FLOATS(s.parameters), *gradients = FLOATS(s.gradients);
  float *criticParameters = parameters + s.P, *criticGradients = gradients + s.P;
  float *logStd = parameters + s.P - s.A, *dLogStd = gradients + s.P - s.A;
  const long A = s.A, I = s.I, block = s.block;

  double mean = 0, inverse = 1;
  if (s.normalizes && count > 1) {
    mean = NAME(sumRows)(FLOATS(s.advantages), samples, count, 0, 0) / count;
    const double squares = NAME(sumRows)(FLOATS(s.advantages), samples, count, mean, 1);
    inverse = 1 / (__builtin_sqrt(squares / (count - 1)) + 1e-8);
  }
  memset(gradients, 0, 4 * (size_t)s.n);

  float *const observations = scratch + s.arraysAt / 4;
  float *const actions = observations + block * I;
  float *const logProbs = actions + block * A;
  float *const behavior = logProbs + block;
  float *const dLogProbs = behavior + block;
  float *const dEntropies = dLogProbs + block;
  float *const dValues = dEntropies + block;
  float *const dMeans = dValues + block;
  float *const blockSums = dMeans + block * A;
  const struct ClippedScalars scalars = {mean, inverse, numbers->low, numbers->high, numbers->valueClip, numbers->lossScale, numbers->valueScale};
  for (long b = 0; b < count; b += block) {
    const long rows = count - b < block ? count - b : block;
    const int *taken = samples + b;
    gatherWide(FLOATS(s.observations), taken, observations, rows, I);
    gatherWide(FLOATS(s.actions), taken, actions, rows, A);
    NAME(gatherFloats)(FLOATS(s.behaviorLogProbs), taken, behavior, rows);
    NAME(chainForward)(policy, memory, parameters, observations, rows, scratch);
    NAME(gaussianLogProb)(FLOATS(s.means), logStd, actions, logProbs, rows, A, scratch);
    NAME(chainForward)(critic, memory, criticParameters, observations, rows, scratch);
    const struct ClippedArrays arrays = {logProbs, behavior, FLOATS(s.values), taken, FLOATS(s.advantages), FLOATS(s.oldValues),
                                         FLOATS(s.valueTargets), NULL, dLogProbs, dValues, blockSums};
    NAME(clippedObjective)(&arrays, rows, &scalars);
    for (int i = 0; i < 4; i++) numbers->sums[i] = numbers->sums[i] + blockSums[i];
    double entropy = 0;
    for (long j = 0; j < A; j++) entropy = entropy + logStd[j];
    /* A sum of equal float32 numbers is exact in float64. */
    numbers->sums[4] = numbers->sums[4] + (double)(float)(entropy + A * (0.9189385332046727 + 0.5)) * rows;
    for (long r = 0; r < rows; r++) dEntropies[r] = numbers->dEntropy;
    NAME(gaussianBackward)(FLOATS(s.means), logStd, actions, dLogProbs, dEntropies, dMeans, dLogStd, rows, A, scratch);
    NAME(chainBackward)(policy, memory, parameters, observations, dMeans, gradients, NULL, rows, scratch);
    NAME(chainBackward)(critic, memory, criticParameters, observations, dValues, criticGradients, NULL, rows, scratch);
  }

  const double norm = __builtin_sqrt(NAME(sum)(gradients, s.n, 1));
  numbers->sums[5] = numbers->sums[5] + norm;
  const double factor = numbers->maxNorm / (norm + 1e-6);
  if (factor < 1) {
    const float scale = factor;
    for (uint32_t j = 0; j < s.n; j++) gradients[j] = gradients[j] * scale;
  }
  const double *a = numbers->adam;
  const struct AdamScalars adam = {a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8]};
  NAME(adam)(parameters, gradients, FLOATS(s.mean), FLOATS(s.variance), s.n, &adam);
  for (long j = 0; j < A; j++) {
    if (logStd[j] < numbers->lowestLogStd) logStd[j] = numbers->lowestLogStd;
    else if (logStd[j] > numbers->highestLogStd) logStd[j] = numbers->highestLogStd;
  }
}
