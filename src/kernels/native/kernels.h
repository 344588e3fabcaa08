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

#define DECLARE(width)                                                                                                         \
  void denseForward##width(const float *, const float *, const float *, float *, int, int, int, int, float *);                 \
  void denseBackward##width(const float *, const float *, const float *, float *, float *, float *, float *, int, int, int,    \
                            int, float *);                                                                                     \
  void chainForward##width(const uint32_t *, char *, const float *, const float *, int, float *);                              \
  void chainBackward##width(const uint32_t *, char *, const float *, const float *, float *, float *, float *, int, float *);  \
  void elementwise##width(int, const float *, float *, long);                                                                  \
  void adam##width(float *, const float *, float *, float *, long, const struct AdamScalars *);                                \
  double sum##width(const float *, long, int);                                                                                 \
  void gatherFloats##width(const float *, const int *, float *, long);                                                         \
  double sumRows##width(const float *, const int *, long, double, int);                                                        \
  void gaussianSample##width(const float *, const float *, const float *, float *, float *, long, int, float *);               \
  void gaussianLogProb##width(const float *, const float *, const float *, float *, long, int, float *);                       \
  void gaussianBackward##width(const float *, const float *, const float *, const float *, const float *, float *, float *,    \
                               long, int, float *);                                                                            \
  void clippedObjective##width(const struct ClippedArrays *, long, const struct ClippedScalars *);                             \
  void weightedObjective##width(const struct WeightedArrays *, long, const struct WeightedScalars *);                          \
  void categoricalSample##width(const float *, const float *, float *, float *, long, int, long, long, int, float *);          \
  void categoricalEvaluate##width(const float *, const float *, float *, float *, long, int, long, long, int, float *);         \
  void categoricalBackward##width(const float *, const float *, const float *, const float *, float *, long, int, long, long,  \
                                  float *);                                                                                    \
  void squash##width(const float *, const float *, float *, long, int);                                                        \
  void unsquash##width(const float *, const float *, float *, float *, long, int);                                             \
  void gaussianActs##width(const void *, long, char *, long, long, float *);                                                   \
  void clippedStep##width(void *, char *, const int *, long, float *);                                                         \
  void fillUniform##width(const uint32_t *, uint64_t, float *, long);                                                          \
  void fillNormal##width(const uint32_t *, uint64_t, float *, long);

DECLARE(4)
DECLARE(8)
DECLARE(16)

#define JOIN_(name, width) name##width
#define JOIN(name, width) JOIN_(name, width)
#define NAME(name) JOIN(name, W)

#endif
