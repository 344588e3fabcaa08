/* What the addon calls, for each vector width that was compiled. */
#ifndef MARLIN_KERNELS_H
#define MARLIN_KERNELS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { NONE = 0, RELU = 1, TANH = 2 };
enum { EXP = 0, LOG = 1, TANH_OF = 4, SIGMOID = 5, SOFTPLUS = 6 };

struct AdamScalars {
  float keepMean, takeMean, keepVariance, takeVariance, stepSize, varianceScale, epsilon, coupled, shrink;
};

struct ClippedScalars {
  float mean, scale, low, high, valueClip, lossScale, valueScale;
};

/* See `Kernels.clippedObjective`; weights may be NULL. */
struct ClippedArrays {
  const float *logProbs, *behaviorLogProbs, *values;
  const int *samples;
  const float *advantages, *oldValues, *valueTargets, *weights;
  float *dLogProbs, *dValues, *sums;
};

struct WeightedScalars {
  float mean, scale, ratioBound, lossScale, valueScale;
};

/* See `Kernels.weightedObjective`; weights may be NULL, a bound below 0 is none. */
struct WeightedArrays {
  const float *logProbs, *behaviorLogProbs, *values;
  const int *samples;
  const float *advantages, *valueTargets, *weights;
  float *dLogProbs, *dValues, *sums;
};

struct StdCurve {
  float middle, half, start, scale;
};

/* Every kernel that the addon calls: KERNEL(result, name, parameters …). Whoever has to know them all goes through this list. */
#define EACH_KERNEL(KERNEL)                                                                                                    \
  KERNEL(void, denseForward, const float *, const float *, const float *, float *, int, int, int, int, float *)                \
  KERNEL(void, denseBackward, const float *, const float *, const float *, float *, float *, float *, float *, int, int,       \
         int, int, float *)                                                                                                    \
  KERNEL(void, chainForward, const uint32_t *, char *, const float *, const float *, int, float *)                             \
  KERNEL(void, chainBackward, const uint32_t *, char *, const float *, const float *, float *, float *, float *, int, float *) \
  KERNEL(void, elementwise, int, const float *, float *, long)                                                                 \
  KERNEL(void, adam, float *, const float *, float *, float *, long, const struct AdamScalars *)                               \
  KERNEL(double, sum, const float *, long, int)                                                                                \
  KERNEL(void, gatherFloats, const float *, const int *, float *, long)                                                        \
  KERNEL(double, sumRows, const float *, const int *, long, double, int)                                                       \
  KERNEL(void, gaussianSample, const float *, const float *, const float *, float *, float *, long, int, float *)              \
  KERNEL(void, gaussianLogProb, const float *, const float *, const float *, float *, long, int, float *)                      \
  KERNEL(void, gaussianBackward, const float *, const float *, const float *, const float *, const float *, float *,           \
         float *, long, int, float *)                                                                                          \
  KERNEL(void, clippedObjective, const struct ClippedArrays *, long, const struct ClippedScalars *)                            \
  KERNEL(void, weightedObjective, const struct WeightedArrays *, long, const struct WeightedScalars *)                         \
  KERNEL(void, categoricalSample, const float *, const float *, float *, float *, long, int, long, long, int, float *)         \
  KERNEL(void, categoricalEvaluate, const float *, const float *, float *, float *, long, int, long, long, int, float *)       \
  KERNEL(void, categoricalBackward, const float *, const float *, const float *, const float *, float *, long, int, long,      \
         long, float *)                                                                                                        \
  KERNEL(void, squash, const float *, const float *, float *, long, int)                                                       \
  KERNEL(void, unsquash, const float *, const float *, float *, float *, long, int)                                            \
  KERNEL(void, normalsOfUniforms, const float *, float *, long)                                                                \
  KERNEL(void, binarySample, const float *, const float *, float *, float *, long, int)                                        \
  KERNEL(void, binaryEvaluate, const float *, const float *, float *, float *, long, int)                                      \
  KERNEL(void, binaryBackward, const float *, const float *, const float *, const float *, float *, long, int)                 \
  KERNEL(void, networkStd, const float *, float *, float *, long, int, const struct StdCurve *)                                \
  KERNEL(void, boundedSample, const float *, const float *, const float *, const float *, float *, long, int, long,            \
         long, long)                                                                                                           \
  KERNEL(void, boundedEvaluate, const float *, const float *, const float *, const float *, float *, float *, long,            \
         int, long, long, long)                                                                                                \
  KERNEL(void, boundedBackward, const float *, const float *, const float *, const float *, const float *,                     \
         const float *, const float *, float *, float *, long, int, long, long, long, float *)                                 \
  KERNEL(void, boundedPathwise, const float *, const float *, const float *, const float *, const float *,                     \
         const float *, const float *, float *, long, int, long)                                                               \
  KERNEL(void, compositeSample, const float *, const float *, const float *, const float *, float *, long, long, int)          \
  KERNEL(void, compositeEvaluate, const float *, const float *, const float *, const float *, float *, float *, long,          \
         long, int)                                                                                                            \
  KERNEL(void, compositeBackward, const float *, const float *, const float *, const float *, const float *,                   \
         const float *, float *, float *, long, long, int, float *)                                                            \
  KERNEL(void, gaussianActs, const void *, long, char *, long, long, float *)                                                  \
  KERNEL(void, clippedStep, void *, char *, const int *, long, float *)                                                        \
  KERNEL(void, fillUniform, const uint32_t *, uint64_t, float *, long)                                                         \
  KERNEL(void, fillNormal, const uint32_t *, uint64_t, float *, long)

#define DECLARE4(result, name, ...) result name##4(__VA_ARGS__);
#define DECLARE8(result, name, ...) result name##8(__VA_ARGS__);
#define DECLARE16(result, name, ...) result name##16(__VA_ARGS__);
EACH_KERNEL(DECLARE4)
EACH_KERNEL(DECLARE8)
EACH_KERNEL(DECLARE16)

#define JOIN_(name, width) name##width
#define JOIN(name, width) JOIN_(name, width)
#define NAME(name) JOIN(name, W)

#endif
