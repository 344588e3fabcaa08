/* The native kernels as a Node addon: `open(memory, width)` gives an object of functions with the signatures of
   `KernelExports`, whose addresses are byte offsets in that memory. The memory is the one of the WebAssembly kernels: it never
   moves, since its greatest size is reserved when it is made. Nothing is kept between calls but the memory's address. */
#include <stdlib.h>

#include "kernels.h"
#include "node-api.h"

/* Hash of the sources that this is built of, from whoever builds it. */
#ifndef SOURCES
#define SOURCES ""
#endif

#define MOST_ARGUMENTS 20

struct Kernels {
  char *memory;
  /* Functions that still use it. */
  int users;
#define MEMBER(result, name, ...) result (*name)(__VA_ARGS__);
  EACH_KERNEL(MEMBER)
};

/* Widest vectors that both the processor and the system support, in floats. */
static int widestVectors(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) return 16;
  if (__builtin_cpu_supports("avx2")) return 8;
#endif
  return 4;
}

/* The first `count` arguments are whole numbers, addresses among them; `scalarCount` follow that are not. One that is missing is 0. */
static struct Kernels *mixedArguments(napi_env env, napi_callback_info info, int64_t *values, size_t count, double *scalars,
                                      size_t scalarCount) {
  napi_value given[MOST_ARGUMENTS];
  struct Kernels *kernels;
  size_t found = count + scalarCount;
  napi_get_cb_info(env, info, &found, given, NULL, (void **)&kernels);
  for (size_t i = 0; i < count; i++) {
    values[i] = 0;
    if (i < found) napi_get_value_int64(env, given[i], &values[i]);
  }
  for (size_t i = 0; i < scalarCount; i++) {
    scalars[i] = 0;
    if (count + i < found) napi_get_value_double(env, given[count + i], &scalars[i]);
  }
  return kernels;
}

static struct Kernels *arguments(napi_env env, napi_callback_info info, int64_t *values, size_t count) {
  return mixedArguments(env, info, values, count, NULL, 0);
}

#define AT(i) ((float *)(kernels->memory + values[i]))
/* An address that may be none. */
#define PERHAPS(i) (values[i] == 0 ? NULL : AT(i))

static napi_value denseForward(napi_env env, napi_callback_info info) {
  int64_t values[9];
  const struct Kernels *kernels = arguments(env, info, values, 9);
  kernels->denseForward(AT(0), AT(1), AT(2), AT(3), values[4], values[5], values[6], values[7], AT(8));
  return NULL;
}

static napi_value denseBackward(napi_env env, napi_callback_info info) {
  int64_t values[12];
  const struct Kernels *kernels = arguments(env, info, values, 12);
  float *dInput = values[4] == 0 ? NULL : AT(4);
  kernels->denseBackward(AT(0), AT(1), AT(2), AT(3), dInput, AT(5), AT(6), values[7], values[8], values[9], values[10], AT(11));
  return NULL;
}

static napi_value chainForward(napi_env env, napi_callback_info info) {
  int64_t values[5];
  const struct Kernels *kernels = arguments(env, info, values, 5);
  kernels->chainForward((const uint32_t *)AT(0), kernels->memory, AT(1), AT(2), values[3], AT(4));
  return NULL;
}

static napi_value chainBackward(napi_env env, napi_callback_info info) {
  int64_t values[8];
  const struct Kernels *kernels = arguments(env, info, values, 8);
  float *dInput = values[5] == 0 ? NULL : AT(5);
  kernels->chainBackward((const uint32_t *)AT(0), kernels->memory, AT(1), AT(2), AT(3), AT(4), dInput, values[6], AT(7));
  return NULL;
}

static napi_value elementwise(napi_env env, napi_callback_info info) {
  int64_t values[4];
  const struct Kernels *kernels = arguments(env, info, values, 4);
  kernels->elementwise(values[0], AT(1), AT(2), values[3]);
  return NULL;
}

static napi_value adam(napi_env env, napi_callback_info info) {
  int64_t values[5];
  double scalars[9];
  const struct Kernels *kernels = mixedArguments(env, info, values, 5, scalars, 9);
  const struct AdamScalars s = {scalars[0], scalars[1], scalars[2], scalars[3], scalars[4], scalars[5], scalars[6], scalars[7], scalars[8]};
  kernels->adam(AT(0), AT(1), AT(2), AT(3), values[4], &s);
  return NULL;
}

static napi_value sumWith(napi_env env, napi_callback_info info, int square) {
  int64_t values[2];
  const struct Kernels *kernels = arguments(env, info, values, 2);
  napi_value result;
  napi_create_double(env, kernels->sum(AT(0), values[1], square), &result);
  return result;
}

static napi_value sum(napi_env env, napi_callback_info info) { return sumWith(env, info, 0); }
static napi_value sumOfSquares(napi_env env, napi_callback_info info) { return sumWith(env, info, 1); }

static napi_value gatherFloats(napi_env env, napi_callback_info info) {
  int64_t values[4];
  const struct Kernels *kernels = arguments(env, info, values, 4);
  kernels->gatherFloats(AT(0), (const int *)AT(1), AT(2), values[3]);
  return NULL;
}

static napi_value sumRows(napi_env env, napi_callback_info info) {
  int64_t values[3];
  const struct Kernels *kernels = arguments(env, info, values, 3);
  napi_value result;
  napi_create_double(env, kernels->sumRows(AT(0), (const int *)AT(1), values[2], 0, 0), &result);
  return result;
}

static napi_value squaresAround(napi_env env, napi_callback_info info) {
  int64_t values[3];
  double scalars[1];
  const struct Kernels *kernels = mixedArguments(env, info, values, 3, scalars, 1);
  const int *rows = values[1] == 0 ? NULL : (const int *)AT(1);
  napi_value result;
  napi_create_double(env, kernels->sumRows(AT(0), rows, values[2], scalars[0], 1), &result);
  return result;
}

static napi_value gaussianSample(napi_env env, napi_callback_info info) {
  int64_t values[8];
  const struct Kernels *kernels = arguments(env, info, values, 8);
  kernels->gaussianSample(AT(0), AT(1), AT(2), AT(3), AT(4), values[5], values[6], AT(7));
  return NULL;
}

static napi_value gaussianLogProb(napi_env env, napi_callback_info info) {
  int64_t values[7];
  const struct Kernels *kernels = arguments(env, info, values, 7);
  kernels->gaussianLogProb(AT(0), AT(1), AT(2), AT(3), values[4], values[5], AT(6));
  return NULL;
}

static napi_value gaussianBackward(napi_env env, napi_callback_info info) {
  int64_t values[10];
  const struct Kernels *kernels = arguments(env, info, values, 10);
  kernels->gaussianBackward(AT(0), AT(1), AT(2), AT(3), AT(4), AT(5), AT(6), values[7], values[8], AT(9));
  return NULL;
}

static napi_value clippedObjective(napi_env env, napi_callback_info info) {
  int64_t values[12];
  double scalars[7];
  const struct Kernels *kernels = mixedArguments(env, info, values, 12, scalars, 7);
  const struct ClippedArrays arrays = {AT(0), AT(1), AT(2), (const int *)AT(3), AT(4), AT(5), AT(6), values[7] == 0 ? NULL : AT(7),
                                       AT(8), AT(9), AT(10)};
  const struct ClippedScalars s = {scalars[0], scalars[1], scalars[2], scalars[3], scalars[4], scalars[5], scalars[6]};
  kernels->clippedObjective(&arrays, values[11], &s);
  return NULL;
}

static napi_value weightedObjective(napi_env env, napi_callback_info info) {
  int64_t values[11];
  double scalars[5];
  const struct Kernels *kernels = mixedArguments(env, info, values, 11, scalars, 5);
  const struct WeightedArrays arrays = {AT(0), AT(1), AT(2), (const int *)AT(3), AT(4), AT(5), values[6] == 0 ? NULL : AT(6),
                                        AT(7), AT(8), AT(9)};
  const struct WeightedScalars s = {scalars[0], scalars[1], scalars[2], scalars[3], scalars[4]};
  kernels->weightedObjective(&arrays, values[10], &s);
  return NULL;
}

static napi_value categoricalSample(napi_env env, napi_callback_info info) {
  int64_t values[10];
  const struct Kernels *kernels = arguments(env, info, values, 10);
  kernels->categoricalSample(AT(0), AT(1), AT(2), AT(3), values[4], values[5], values[6], values[7], values[8], AT(9));
  return NULL;
}

static napi_value categoricalEvaluate(napi_env env, napi_callback_info info) {
  int64_t values[10];
  const struct Kernels *kernels = arguments(env, info, values, 10);
  float *logProbs = values[2] == 0 ? NULL : AT(2), *entropies = values[3] == 0 ? NULL : AT(3);
  kernels->categoricalEvaluate(AT(0), AT(1), logProbs, entropies, values[4], values[5], values[6], values[7], values[8], AT(9));
  return NULL;
}

static napi_value categoricalBackward(napi_env env, napi_callback_info info) {
  int64_t values[10];
  const struct Kernels *kernels = arguments(env, info, values, 10);
  kernels->categoricalBackward(AT(0), AT(1), AT(2), AT(3), AT(4), values[5], values[6], values[7], values[8], AT(9));
  return NULL;
}

static napi_value squash(napi_env env, napi_callback_info info) {
  int64_t values[5];
  const struct Kernels *kernels = arguments(env, info, values, 5);
  kernels->squash(AT(0), AT(1), AT(2), values[3], values[4]);
  return NULL;
}

static napi_value unsquash(napi_env env, napi_callback_info info) {
  int64_t values[6];
  const struct Kernels *kernels = arguments(env, info, values, 6);
  kernels->unsquash(AT(0), AT(1), AT(2), AT(3), values[4], values[5]);
  return NULL;
}

static napi_value normalsOfUniforms(napi_env env, napi_callback_info info) {
  int64_t values[3];
  const struct Kernels *kernels = arguments(env, info, values, 3);
  kernels->normalsOfUniforms(AT(0), AT(1), values[2]);
  return NULL;
}

static napi_value binarySample(napi_env env, napi_callback_info info) {
  int64_t values[6];
  const struct Kernels *kernels = arguments(env, info, values, 6);
  kernels->binarySample(AT(0), AT(1), AT(2), AT(3), values[4], values[5]);
  return NULL;
}

static napi_value binaryEvaluate(napi_env env, napi_callback_info info) {
  int64_t values[6];
  const struct Kernels *kernels = arguments(env, info, values, 6);
  kernels->binaryEvaluate(AT(0), PERHAPS(1), PERHAPS(2), PERHAPS(3), values[4], values[5]);
  return NULL;
}

static napi_value binaryBackward(napi_env env, napi_callback_info info) {
  int64_t values[7];
  const struct Kernels *kernels = arguments(env, info, values, 7);
  kernels->binaryBackward(AT(0), AT(1), AT(2), AT(3), AT(4), values[5], values[6]);
  return NULL;
}

static napi_value networkStd(napi_env env, napi_callback_info info) {
  int64_t values[5];
  double scalars[4];
  const struct Kernels *kernels = mixedArguments(env, info, values, 5, scalars, 4);
  const struct StdCurve curve = {scalars[0], scalars[1], scalars[2], scalars[3]};
  kernels->networkStd(AT(0), AT(1), AT(2), values[3], values[4], &curve);
  return NULL;
}

static napi_value boundedSample(napi_env env, napi_callback_info info) {
  int64_t values[10];
  const struct Kernels *kernels = arguments(env, info, values, 10);
  kernels->boundedSample(AT(0), AT(1), PERHAPS(2), AT(3), AT(4), values[5], values[6], values[7], values[8], values[9]);
  return NULL;
}

static napi_value boundedEvaluate(napi_env env, napi_callback_info info) {
  int64_t values[11];
  const struct Kernels *kernels = arguments(env, info, values, 11);
  kernels->boundedEvaluate(AT(0), AT(1), PERHAPS(2), AT(3), PERHAPS(4), PERHAPS(5), values[6], values[7], values[8], values[9],
                           values[10]);
  return NULL;
}

static napi_value boundedBackward(napi_env env, napi_callback_info info) {
  int64_t values[15];
  const struct Kernels *kernels = arguments(env, info, values, 15);
  kernels->boundedBackward(AT(0), AT(1), PERHAPS(2), AT(3), AT(4), AT(5), AT(6), AT(7), AT(8), values[9], values[10], values[11],
                           values[12], values[13], AT(14));
  return NULL;
}

static napi_value boundedPathwise(napi_env env, napi_callback_info info) {
  int64_t values[11];
  const struct Kernels *kernels = arguments(env, info, values, 11);
  kernels->boundedPathwise(AT(0), AT(1), AT(2), AT(3), AT(4), AT(5), AT(6), AT(7), values[8], values[9], values[10]);
  return NULL;
}

static napi_value compositeSample(napi_env env, napi_callback_info info) {
  int64_t values[8];
  const struct Kernels *kernels = arguments(env, info, values, 8);
  kernels->compositeSample(AT(0), AT(1), AT(2), AT(3), AT(4), values[5], values[6], values[7]);
  return NULL;
}

static napi_value compositeEvaluate(napi_env env, napi_callback_info info) {
  int64_t values[9];
  const struct Kernels *kernels = arguments(env, info, values, 9);
  kernels->compositeEvaluate(AT(0), AT(1), PERHAPS(2), AT(3), PERHAPS(4), PERHAPS(5), values[6], values[7], values[8]);
  return NULL;
}

static napi_value compositeBackward(napi_env env, napi_callback_info info) {
  int64_t values[12];
  const struct Kernels *kernels = arguments(env, info, values, 12);
  kernels->compositeBackward(AT(0), AT(1), AT(2), AT(3), AT(4), AT(5), AT(6), AT(7), values[8], values[9], values[10], AT(11));
  return NULL;
}

static napi_value gaussianActs(napi_env env, napi_callback_info info) {
  int64_t values[5];
  const struct Kernels *kernels = arguments(env, info, values, 5);
  kernels->gaussianActs(AT(0), values[1], kernels->memory, values[2], values[3], AT(4));
  return NULL;
}

static napi_value clippedStep(napi_env env, napi_callback_info info) {
  int64_t values[4];
  const struct Kernels *kernels = arguments(env, info, values, 4);
  kernels->clippedStep(AT(0), kernels->memory, (const int *)AT(1), values[2], AT(3));
  return NULL;
}

/* Key and counter of 32 bits each: key, the counter's upper words, then its lower half, the lower word first. */
static napi_value fillWith(napi_env env, napi_callback_info info, int normal) {
  int64_t values[8];
  const struct Kernels *kernels = arguments(env, info, values, 8);
  const uint32_t key[4] = {values[0], values[1], values[2], values[3]};
  const uint64_t block = (uint64_t)(uint32_t)values[5] << 32 | (uint32_t)values[4];
  (normal ? kernels->fillNormal : kernels->fillUniform)(key, block, AT(6), values[7]);
  return NULL;
}

static napi_value fillUniform(napi_env env, napi_callback_info info) { return fillWith(env, info, 0); }
static napi_value fillNormal(napi_env env, napi_callback_info info) { return fillWith(env, info, 1); }

/* A function was collected. */
static void release(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  struct Kernels *kernels = data;
  if (--kernels->users == 0) free(kernels);
}

static const struct {
  const char *name;
  napi_callback function;
} functions[] = {
#define ENTRY(name) {#name, name}
    ENTRY(denseForward), ENTRY(denseBackward), ENTRY(chainForward), ENTRY(chainBackward), ENTRY(elementwise), ENTRY(adam),
    ENTRY(sum), ENTRY(sumOfSquares), ENTRY(sumRows), ENTRY(squaresAround), ENTRY(gaussianSample), ENTRY(gaussianLogProb),
    ENTRY(gaussianBackward), ENTRY(clippedObjective), ENTRY(gatherFloats), ENTRY(weightedObjective),
    ENTRY(categoricalSample), ENTRY(categoricalEvaluate), ENTRY(categoricalBackward), ENTRY(squash), ENTRY(unsquash),
    ENTRY(normalsOfUniforms), ENTRY(binarySample), ENTRY(binaryEvaluate), ENTRY(binaryBackward),
    ENTRY(networkStd), ENTRY(boundedSample), ENTRY(boundedEvaluate), ENTRY(boundedBackward),
    ENTRY(boundedPathwise), ENTRY(compositeSample), ENTRY(compositeEvaluate), ENTRY(compositeBackward),
    ENTRY(gaussianActs), ENTRY(clippedStep), ENTRY(fillUniform), ENTRY(fillNormal),
};
#define FUNCTIONS ((int)(sizeof functions / sizeof *functions))

#define TAKE4(result, name, ...) kernels->name = name##4;
#define TAKE8(result, name, ...) kernels->name = name##8;
#define TAKE16(result, name, ...) kernels->name = name##16;

static void chooseWidth(struct Kernels *kernels, int64_t width) {
#if defined(__x86_64__)
  if (width == 16) {
    EACH_KERNEL(TAKE16)
    return;
  }
  if (width == 8) {
    EACH_KERNEL(TAKE8)
    return;
  }
#endif
  (void)width;
  EACH_KERNEL(TAKE4)
}

/* open(memory: Uint8Array, width: 4 | 8 | 16): the kernels over that memory. Throws for a width that the processor lacks. */
static napi_value openKernels(napi_env env, napi_callback_info info) {
  napi_value given[2];
  size_t found = 2;
  void *memory;
  int64_t width = 0;
  napi_get_cb_info(env, info, &found, given, NULL, NULL);
  if (found < 2 || napi_get_typedarray_info(env, given[0], NULL, NULL, &memory, NULL, NULL) != 0 ||
      napi_get_value_int64(env, given[1], &width) != 0 || !(width == 4 || width == 8 || width == 16) || width > widestVectors()) {
    napi_throw_error(env, NULL, "open takes a Uint8Array over the kernel memory and a vector width that the processor has");
    return NULL;
  }
  struct Kernels *kernels = malloc(sizeof *kernels);
  if (kernels == NULL) {
    napi_throw_error(env, NULL, "out of memory");
    return NULL;
  }
  kernels->memory = memory;
  kernels->users = FUNCTIONS;
  chooseWidth(kernels, width);
  napi_value exports;
  napi_create_object(env, &exports);
  for (int i = 0; i < FUNCTIONS; i++) {
    napi_value function;
    napi_create_function(env, functions[i].name, (size_t)-1, functions[i].function, kernels, &function);
    napi_add_finalizer(env, function, kernels, release, NULL, NULL);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}

napi_value napi_register_module_v1(napi_env env, napi_value exports);
napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value function;
  napi_value width;
  napi_create_function(env, "open", 4, openKernels, NULL, &function);
  napi_set_named_property(env, exports, "open", function);
  napi_create_double(env, widestVectors(), &width);
  napi_set_named_property(env, exports, "widestVectors", width);
  napi_value sources;
  napi_create_string_utf8(env, SOURCES, sizeof SOURCES - 1, &sources);
  napi_set_named_property(env, exports, "sources", sources);
  return exports;
}
