/* The kernels for vectors of W floats (-DW=4, 8 or 16 with the processor flags of that width). Compiled once for each width;
   NAME gives every width's functions names of their own. Canonical arithmetic (docs/numerics.md): no contraction, no
   reassociation, lanes hold elements. */
#include "kernels.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(4 * W), aligned(4), may_alias));
typedef int vi __attribute__((vector_size(4 * W), aligned(4), may_alias));
typedef unsigned vu __attribute__((vector_size(4 * W), aligned(4), may_alias));

INLINE vf load(const float *from) { return *(const vf *)from; }
INLINE void store(float *to, vf x) { *(vf *)to = x; }
INLINE vf splat(float x) { return x - (vf){}; }
INLINE vi splatInt(int x) { return x - (vi){}; }
/* Whole numbers here are bits of floats, those of any NaN among them: they wrap around, which signed ones may not in C. */
INLINE vi minus(vi x, vi y) { return (vi)((vu)x - (vu)y); }
INLINE vi shiftedLeft(vi x, int bits) { return (vi)((vu)x << bits); }
/* mask is all ones or zeros in each lane. */
INLINE vf choose(vi mask, vf yes, vf no) { return (vf)((mask & (vi)yes) | (~mask & (vi)no)); }
/* A NaN in x stays: the processor's minimum and maximum give their second operand where one of them is NaN.
   unrounded(x, y, z) = x·y + z where x·y is exact, so that rounding once or twice gives the same bits. */
#if W == 16
INLINE vf atMost(vf x, float most) { return (vf)_mm512_min_ps((__m512)splat(most), (__m512)x); }
INLINE vf atLeast(vf x, float least) { return (vf)_mm512_max_ps((__m512)splat(least), (__m512)x); }
INLINE vf unrounded(vf x, vf y, vf z) { return (vf)_mm512_fmadd_ps((__m512)x, (__m512)y, (__m512)z); }
#elif W == 8
INLINE vf atMost(vf x, float most) { return (vf)_mm256_min_ps((__m256)splat(most), (__m256)x); }
INLINE vf atLeast(vf x, float least) { return (vf)_mm256_max_ps((__m256)splat(least), (__m256)x); }
INLINE vf unrounded(vf x, vf y, vf z) { return x * y + z; }
#else
INLINE vf atMost(vf x, float most) { return choose(splat(most) < x, splat(most), x); }
INLINE vf atLeast(vf x, float least) { return choose(x < splat(least), splat(least), x); }
INLINE vf unrounded(vf x, vf y, vf z) { return x * y + z; }
#endif
INLINE vf magnitude(vf x) { return (vf)((vi)x & splatInt(0x7fffffff)); }

#define ROUNDER 12582912.0f
#define LN2_HIGH 0.693359375f
#define LN2_LOW -0.00021219444170128554f

INLINE vf exponential(vf x) {
  const vf c = atMost(atLeast(x, -104), 89);
  const vf t = c * splat(1.4426950216293335f) + splat(ROUNDER);
  const vf n = t - splat(ROUNDER);
  const vf high = c - n * splat(LN2_HIGH);
  const vf low = n * splat(LN2_LOW);
  const vf r = high - low;
  vf q = r * splat(1.37835857458412647247314453125e-3f) + splat(8.36885161697864532470703125e-3f);
  q = q * r + splat(4.16689552366733551025390625e-2f);
  q = q * r + splat(0.16666519641876220703125f);
  q = q * r + splat(0.4999999105930328369140625f);
  const vf p = splat(1) + (high + ((r * r) * q - low));
  const vi k = minus((vi)t, splatInt(0x4b400000));
  const vi half = k >> 1;
  const vf scale1 = (vf)shiftedLeft(minus(half, splatInt(-127)), 23);
  const vf scale2 = (vf)shiftedLeft(minus(minus(k, half), splatInt(-127)), 23);
  return (p * scale1) * scale2;
}

INLINE vf logOfNormal(vf x, vi shift) {
  const vi exponent = minus((vi)x, splatInt(0x3f3504f3)) >> 23;
  const vf r = (vf)minus((vi)x, shiftedLeft(exponent, 23)) - splat(1);
  const vf n = __builtin_convertvector(exponent + shift, vf);
  const vf z = r * r;
  vf q = r * splat(8.7024666368961334228515625e-2f) + splat(-0.14269922673702239990234375f);
  q = q * r + splat(0.14915190637111663818359375f);
  q = q * r + splat(-0.16577313840389251708984375f);
  q = q * r + splat(0.19962997734546661376953125f);
  q = q * r + splat(-0.2500134408473968505859375f);
  q = q * r + splat(0.3333391249179840087890625f);
  const vf y = ((z * r) * q + n * splat(LN2_LOW)) - z * splat(0.5f);
  return (r + y) + n * splat(LN2_HIGH);
}

INLINE vf logarithm(vf x) {
  const vi denormal = x < splat(1.1754943508222875e-38f);
  const vf normal = choose(denormal, x * splat(8388608), x);
  vf y = logOfNormal(normal, denormal & splatInt(-23));
  y = choose(x < splat(__builtin_inff()), y, x);
  y = choose(x == splat(0), splat(-__builtin_inff()), y);
  return choose(x < splat(0), splat(__builtin_nanf("")), y);
}

#define HALF_LN2 0.3465735912322998f
#define TANH_ROUNDER (ROUNDER + 126)
#define TANH_2 0.33333191275596619f
#define TANH_4 -0.022091200575232506f

#if W == 16
/* Twice what n·(ln 2 / 2) rounds to, at the five last bits of 126 + n; n is at most 26. */
#define FOUR_FROM(n) 2 * ((n) * HALF_LN2), 2 * ((n + 1) * HALF_LN2), 2 * ((n + 2) * HALF_LN2), 2 * ((n + 3) * HALF_LN2)
static const float ln2Multiples[32] = {FOUR_FROM(2),  FOUR_FROM(6),  FOUR_FROM(10), FOUR_FROM(14), FOUR_FROM(18),
                                       FOUR_FROM(22), 2 * (26 * HALF_LN2), 0, 0, 0, 0, 0, 0, 2 * HALF_LN2};
#endif

/* The 23 operations of docs/numerics.md. Here r is there as 2r, which the fused operations of 512 bits have for nothing: doubling
   and halving are exact, so that they round where the canonical form does. */
INLINE vf hyperbolicTangent(vf x) {
  const vf w = atMost(magnitude(x), 9.05f);
#if W == 16
  /* Rounded once, t has the same integer for every w that there is, and n's multiple of ln 2 is looked up. */
  const vf t = (vf)_mm512_fmadd_ps((__m512)w, (__m512)splat(2.8904526233673096f), (__m512)splat(TANH_ROUNDER));
  const __m512 multiple = _mm512_permutex2var_ps(_mm512_loadu_ps(ln2Multiples), (__m512i)t, _mm512_loadu_ps(ln2Multiples + 16));
  const vf twice = (vf)_mm512_fmsub_ps((__m512)w, (__m512)splat(2), multiple);
  const vf z = twice * twice;
  const vf q = z * splat(TANH_4 / 8) + splat(TANH_2 / 2);
  const vf g = (vf)_mm512_fnmadd_ps((__m512)(twice - q * z), (__m512)splat(0.5f), (__m512)splat(1));
#else
  const vf t = w * splat(2.8904526233673096f) + splat(TANH_ROUNDER);
  const vf n = t - splat(TANH_ROUNDER);
  const vf r = w - n * splat(HALF_LN2);
  const vf z = r * r;
  const vf q = z * splat(TANH_4) + splat(TANH_2);
  const vf g = splat(1) - (r - q * z);
  const vf twice = r + r;
#endif
  const vf half = (vf)shiftedLeft((vi)t, 23);
  const vf numerator = unrounded(half, twice, (half - splat(0.5f)) * g);
  const vf y = numerator / (numerator + g);
  return (vf)((vi)y | ((vi)x & splatInt((int)0x80000000)));
}

INLINE vf logistic(vf x) {
  const vf e = exponential((vf)((vi)magnitude(x) ^ splatInt((int)0x80000000)));
  return choose(x >= splat(0), splat(1), e) / (splat(1) + e);
}

/* e = exp(−|x|). */
INLINE vf softPlusFrom(vf x, vf e) {
  vf q = e * splat(-3.31243476830422878265380859375e-3f) + splat(2.017644606530666351318359375e-2f);
  q = q * e + splat(-5.760939419269561767578125e-2f);
  q = q * e + splat(0.1067469418048858642578125f);
  q = q * e + splat(-0.15351717174053192138671875f);
  q = q * e + splat(0.196940243244171142578125f);
  q = q * e + splat(-0.24958293139934539794921875f);
  q = q * e + splat(0.3333047926425933837890625f);
  q = q * e + splat(-0.4999993145465850830078125f);
  return atLeast(x, 0) + (e + (e * e) * q);
}

INLINE vf softPlus(vf x) { return softPlusFrom(x, exponential((vf)((vi)magnitude(x) ^ splatInt((int)0x80000000)))); }

/* output[j] = f(input[j]); the last vector goes through a buffer, so that nothing behind the arrays is touched. */
#define MAP(name, f)                                                          \
  INLINE void name(const float *input, float *output, long n) {              \
    long j = 0;                                                               \
    for (; j + 2 * W <= n; j += 2 * W) {                                      \
      const vf first = f(load(input + j));                                    \
      const vf second = f(load(input + j + W));                               \
      store(output + j, first);                                               \
      store(output + j + W, second);                                          \
    }                                                                         \
    for (; j < n; j += W) {                                                   \
      const long left = n - j < W ? n - j : W;                                \
      float part[W];                                                          \
      for (int l = 0; l < W; l++) part[l] = 1;                                \
      memcpy(part, input + j, 4 * left);                                      \
      const vf y = f(load(part));                                             \
      store(part, y);                                                         \
      memcpy(output + j, part, 4 * left);                                     \
    }                                                                         \
  }
MAP(mapExp, exponential)
MAP(mapLog, logarithm)
MAP(mapTanh, hyperbolicTangent)
MAP(mapSigmoid, logistic)
MAP(mapSoftplus, softPlus)

void NAME(elementwise)(int f, const float *input, float *output, long n) {
  switch (f) {
    case EXP: mapExp(input, output, n); break;
    case LOG: mapLog(input, output, n); break;
    case TANH_OF: mapTanh(input, output, n); break;
    case SIGMOID: mapSigmoid(input, output, n); break;
    case SOFTPLUS: mapSoftplus(input, output, n); break;
  }
}

#include "dense.h"
#include "chain.h"
#include "optimizers.h"
#include "stripes.h"
#include "random.h"
#include "gaussian.h"
#include "objectives.h"
#include "categorical.h"
#include "policy-gradient.h"
#include "squashing.h"
#include "normals.h"
#include "binary.h"
#include "bounded.h"
#include "composite.h"
#include "groups.h"
