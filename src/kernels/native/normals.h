/* The standard normal law: quantiles of uniforms, and both tails; docs/numerics.md. */

#define HALF_STEP 2.98023223876953125e-8f
#define DENSITY_AT_0 0.3989422804014327f
#define HALF_LOG_TWO_PI 0.9189385332046727f
#define ENTROPY_AT_ONE 1.4189385332046727f

INLINE vf negated(vf x) { return (vf)((vi)x ^ splatInt((int)0x80000000)); }

INLINE vf horner(const float *coefficients, int count, vf x) {
  vf q = splat(coefficients[0]);
  for (int i = 1; i < count; i++) q = q * x + splat(coefficients[i]);
  return q;
}

static const float nearCoefficients[9] = {2.81022636e-8f,  3.43273939e-7f,  -3.5233877e-6f, -4.39150654e-6f, 2.1858087e-4f,
                                          -1.25372503e-3f, -4.17768164e-3f, 0.246640727f,   1.50140941f};
static const float farCoefficients[9] = {-2.00214257e-4f, 1.00950558e-4f, 1.34934322e-3f, -3.67342844e-3f, 5.73950773e-3f,
                                         -7.6224613e-3f,  9.43887047e-3f, 1.00167406f,    2.83297682f};
static const float millsCoefficients[10] = {0.04958627372980118f, -0.20272992551326752f, 0.23962734639644623f, -0.07950496673583984f,
                                            0.15967048704624176f, 0.1478286236524582f,   0.2045486867427826f,  0.2342853993177414f,
                                            0.2500021457672119f,  0.2499999850988388f};

/* The quantile of u + 2⁻²⁵. */
INLINE vf normalOfUniform(vf u) {
  const vi lower = u < splat(0.5f);
  const vf p = choose(lower, u + splat(HALF_STEP), (splat(1) - u) - splat(HALF_STEP));
  const vf size = splat(1) - (p + p);
  const vf w = negated(logarithm(splat(4) * (p * (splat(1) - p))));
  const vf near = horner(nearCoefficients, 9, w - splat(2.5f));
  const vf far = horner(farCoefficients, 9, squareRoot(w) - splat(3));
  const vf z = (choose(w < splat(5), near, far) * size) * splat(1.4142135623730951f);
  return choose(lower, negated(z), z);
}
MAP(mapNormals, normalOfUniform)

void NAME(normalsOfUniforms)(const float *uniforms, float *normals, long n) { mapNormals(uniforms, normals, n); }

/* Of the law at c: the density, Φ(c), Φ(−c), log Φ(c), and φ(c)/Φ(c). */
struct NAME(Tails) {
  vf density, below, above, logBelow, inverseMills;
};

INLINE struct NAME(Tails) tailsOf(vf c) {
  struct NAME(Tails) own;
  const vf t = magnitude(c);
  const vf s = splat(1) / (splat(1) + t * splat(0.25f));
  const vf mills = horner(millsCoefficients, 10, s) * s;
  const vf fall = splat(-0.5f) * (t * t);
  own.density = splat(DENSITY_AT_0) * exponential(fall);
  const vf tail = own.density * mills;
  const vf rest = splat(1) - tail;
  const vi negative = c < splat(0);
  own.below = choose(negative, tail, rest);
  own.above = choose(negative, rest, tail);
  const vf logarithmOf = logarithm(choose(negative, mills, rest));
  own.logBelow = choose(negative, (fall - splat(HALF_LOG_TWO_PI)) + logarithmOf, logarithmOf);
  own.inverseMills = choose(negative, splat(1), own.density) / choose(negative, mills, rest);
  return own;
}
