/* What one core reaches at unfused multiply-add with vectors of 128, 256 and 512 bits, with everything in registers: the bound of
   any product in canonical arithmetic (docs/numerics.md). Prints one JSON line per width that the processor has:
   { bits, gflops: [one per repetition, the best of three numbers of chains] }, 2 operations per element of a multiply-add.

     cc -std=gnu11 -O3 -ffp-contract=off peak.c -o peak && ./peak [repetitions] [milliseconds of one] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LOOPS 4000

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

/* sum_j ← sum_j · a + b, LOOPS times in each of `chains` chains, which do not wait for each other: a multiply-add takes 6 to 8
   cycles, and up to 2 begin in one. It goes to b / (1 − a), so that no number becomes denormal. */
#define PROBE(width, chains, flags)                                                                     \
  typedef float vf_##width##_##chains __attribute__((vector_size(4 * (width))));                        \
  flags static float probe_##width##_##chains(float factor, float summand) {                            \
    vf_##width##_##chains a, b, sum[chains];                                                            \
    for (int i = 0; i < (width); i++) a[i] = factor, b[i] = summand;                                    \
    _Pragma("GCC unroll 32") for (int j = 0; j < (chains); j++) sum[j] = b * (float)j;                  \
    for (int loop = 0; loop < LOOPS; loop++)                                                            \
      _Pragma("GCC unroll 32") for (int j = 0; j < (chains); j++) sum[j] = sum[j] * a + b;              \
    for (int j = 1; j < (chains); j++) sum[0] += sum[j];                                                \
    float total = 0;                                                                                    \
    for (int i = 0; i < (width); i++) total += sum[0][i];                                               \
    return total;                                                                                       \
  }

/* 16 registers hold 14 chains and the two constants; 512 bits come with 32 registers. */
#define PROBES(width, more, flags) PROBE(width, 10, flags) PROBE(width, 14, flags) PROBE(width, more, flags)

typedef struct {
  float (*run)(float, float);
  int chains;
} Probe;

static volatile float kept;

static double rate(Probe probe, int width, double seconds) {
  const double begun = now();
  double elapsed;
  long calls = 0;
  do {
    kept = probe.run(0.999f, 0.001f);
    calls++;
    elapsed = now() - begun;
  } while (elapsed < seconds);
  return calls * 2.0 * LOOPS * probe.chains * width / elapsed / 1e9;
}

static void measure(int width, const Probe probes[3], int repetitions, double seconds) {
  printf("{\"bits\":%d,\"gflops\":[", 32 * width);
  /* The first repetition brings the processor to its speed. */
  for (int r = -1; r < repetitions; r++) {
    double best = 0;
    for (int p = 0; p < 3; p++) {
      const double found = rate(probes[p], width, seconds / 3);
      if (found > best) best = found;
    }
    if (r >= 0) printf("%s%.3f", r > 0 ? "," : "", best);
  }
  printf("]}\n");
}

#define MEASURE(width, more)                                                                            \
  measure(width, (const Probe[]){{probe_##width##_10, 10}, {probe_##width##_14, 14}, {probe_##width##_##more, more}}, \
          repetitions, seconds)

PROBES(4, 12, )
#if defined(__x86_64__)
PROBES(8, 12, __attribute__((target("avx2"))))
PROBES(16, 24, __attribute__((target("avx512f"))))
#endif

int main(int count, char **values) {
  const int repetitions = count > 1 ? atoi(values[1]) : 5;
  const double seconds = (count > 2 ? atof(values[2]) : 100) / 1000;
  if (repetitions < 1 || !(seconds > 0)) {
    fprintf(stderr, "peak: repetitions and milliseconds must be above 0\n");
    return 2;
  }
  MEASURE(4, 12);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) MEASURE(8, 12);
  if (__builtin_cpu_supports("avx512f")) MEASURE(16, 24);
#endif
  return 0;
}
