/* Philox4x32-10 on W blocks at once, a lane for each, and the uniforms and normals of its words: `assembly/random.ts` in wider vectors. */

/* Which of two vectors' lanes, in pairs, as FIRST_HALVES and SECOND_HALVES take single ones. */
#if W == 16
#define FIRST_PAIRS 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23
#define SECOND_PAIRS 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31
#elif W == 8
#define FIRST_PAIRS 0, 1, 8, 9, 2, 3, 10, 11
#define SECOND_PAIRS 4, 5, 12, 13, 6, 7, 14, 15
#else
#define FIRST_PAIRS 0, 1, 4, 5
#define SECOND_PAIRS 2, 3, 6, 7
#endif

INLINE vu splatWord(uint32_t x) { return x - (vu){}; }

/* ⌊x·m / 2³²⌋ of each lane. x86 multiplies every second word: the even ones, then the odd ones in their place. */
INLINE vu upperProduct(vu x, uint32_t m) {
#if W == 16
  const __m512i by = _mm512_set1_epi32((int)m);
  const __m512i even = _mm512_mul_epu32((__m512i)x, by), odd = _mm512_mul_epu32(_mm512_srli_epi64((__m512i)x, 32), by);
  return (vu)_mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 32), odd);
#elif W == 8
  const __m256i by = _mm256_set1_epi32((int)m);
  const __m256i even = _mm256_mul_epu32((__m256i)x, by), odd = _mm256_mul_epu32(_mm256_srli_epi64((__m256i)x, 32), by);
  return (vu)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xaa);
#else
  vu upper;
  for (int l = 0; l < W; l++) upper[l] = (uint32_t)(((uint64_t)x[l] * m) >> 32);
  return upper;
#endif
}

/* The upper 24 bits of each word, as numbers. */
INLINE vf upperBits(vu words) { return __builtin_convertvector((vi)(words >> 8), vf); }

/* R = √(−2 ln u), u = (upper 24 bits + 1)·2⁻²⁴. */
INLINE vf radius(vu words) {
  const vf u = (upperBits(words) + splat(1)) * splat(5.9604644775390625e-8f);
  return squareRoot(splat(-2) * logOfNormal(u, splatInt(0)));
}

/* R·cos 2πu and R·sin 2πu, u = upper 24 bits·2⁻²⁴: the angle less its nearest quarter turns, whose number is in the low bits of t. */
INLINE void polar(vf r, vu words, vf *cosine, vf *sine) {
  const vf u = upperBits(words) * splat(5.9604644775390625e-8f);
  const vf t = u * splat(4) + splat(ROUNDER);
  const vf n = t - splat(ROUNDER);
  const vf angle = (u - n * splat(0.25f)) * splat(6.2831854820251465f);
  const vf z = angle * angle;
  vf q = z * splat(-1.95182845345698297023773193359375e-4f) + splat(8.3321891725063323974609375e-3f);
  q = q * z + splat(-0.16666655242443084716796875f);
  const vf s = angle + (angle * z) * q;
  q = z * splat(2.4432563805021345615386962890625e-5f) + splat(-1.388731063343584537506103515625e-3f);
  q = q * z + splat(4.16666455566883087158203125e-2f);
  const vf c = (splat(1) - z * splat(0.5f)) + (z * z) * q;
  const vu quadrant = (vu)t;
  const vi odd = minus(splatInt(0), (vi)(quadrant & splatWord(1)));
  const vu sign = (quadrant & splatWord(2)) << 30, next = ((quadrant + splatWord(1)) & splatWord(2)) << 30;
  *cosine = r * (vf)((vu)choose(odd, s, c) ^ next);
  *sine = r * (vf)((vu)choose(odd, c, s) ^ sign);
}

INLINE void storeSome(float *to, vf x, long left) {
  if (left > 0) storeRows(to, x, left);
}

/* Whole blocks from `block` on, as many as n elements take: words 0 to 3 of each, one behind the other. */
INLINE void fillBlocks(const int normal, const uint32_t *key, uint64_t block, float *output, long n) {
  vu lanes;
  for (int l = 0; l < W; l++) lanes[l] = l;
  for (long at = 0; at < n; at += 4 * W, block += W) {
    const vu low = splatWord((uint32_t)block);
    vu x0 = low + lanes;
    /* A lane that wrapped around is below the first, and the comparison is −1 there. */
    vu x1 = splatWord((uint32_t)(block >> 32)) - (vu)(x0 < low);
    vu x2 = splatWord(key[2]), x3 = splatWord(key[3]);
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
      const vu upper0 = upperProduct(x0, 0xd2511f53u), upper1 = upperProduct(x2, 0xcd9e8d57u);
      const vu lower0 = x0 * splatWord(0xd2511f53u), lower1 = x2 * splatWord(0xcd9e8d57u);
      x0 = upper1 ^ x1 ^ splatWord(k0);
      x1 = lower1;
      x2 = upper0 ^ x3 ^ splatWord(k1);
      x3 = lower0;
      k0 += 0x9e3779b9u;
      k1 += 0xbb67ae85u;
    }
    vf y0, y1, y2, y3;
    if (normal) {
      polar(radius(x0), x1, &y0, &y1);
      polar(radius(x2), x3, &y2, &y3);
    } else {
      const vf unit = splat(5.9604644775390625e-8f);
      y0 = upperBits(x0) * unit, y1 = upperBits(x1) * unit, y2 = upperBits(x2) * unit, y3 = upperBits(x3) * unit;
    }
    /* From a lane for each block to four numbers for each block. */
    const vf a = SHUFFLE(y0, y1, FIRST_HALVES), b = SHUFFLE(y2, y3, FIRST_HALVES);
    const vf c = SHUFFLE(y0, y1, SECOND_HALVES), d = SHUFFLE(y2, y3, SECOND_HALVES);
    const long left = n - at;
    float *to = output + at;
    storeSome(to, SHUFFLE(a, b, FIRST_PAIRS), left);
    storeSome(to + W, SHUFFLE(a, b, SECOND_PAIRS), left - W);
    storeSome(to + 2 * W, SHUFFLE(c, d, FIRST_PAIRS), left - 2 * W);
    storeSome(to + 3 * W, SHUFFLE(c, d, SECOND_PAIRS), left - 3 * W);
  }
}

/* key: both words of the key, then the upper two of the counter. */
void NAME(fillUniform)(const uint32_t *key, uint64_t block, float *output, long n) { fillBlocks(0, key, block, output, n); }
void NAME(fillNormal)(const uint32_t *key, uint64_t block, float *output, long n) { fillBlocks(1, key, block, output, n); }
