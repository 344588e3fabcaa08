/* Sums over rows in float32 in sixteen parts: row b goes to part b mod 16, whatever the vector width; docs/numerics.md. */
#define STRIPES 16
#define GROUPS (STRIPES / W)
/* Loops over the vectors of sixteen rows: unrolled, so that their sums stay in registers. */
#define EACH_GROUP(g) _Pragma("GCC unroll 4") for (int g = 0; g < GROUPS; g++)

/* s_l + s_{l+8}, then + s_{l+4}, + s_{l+2}, + s_{l+1}. */
static float joinParts(float *parts) {
  for (int width = STRIPES / 2; width >= 1; width /= 2)
    for (int l = 0; l < width; l++) parts[l] = parts[l] + parts[l + width];
  return parts[0];
}

INLINE float joinStripes(const vf *sums) {
  float parts[STRIPES];
  for (int g = 0; g < GROUPS; g++) store(parts + g * W, sums[g]);
  return joinParts(parts);
}

/* All ones in the first `count` lanes. */
INLINE vi laneMask(long count) {
  vi lanes;
  for (int l = 0; l < W; l++) lanes[l] = l < count ? -1 : 0;
  return lanes;
}

/* W floats, or the first `left` of them with zeros behind, where nothing past them may be read. */
INLINE vf loadRows(const float *from, long left) {
  if (left >= W) return load(from);
  float part[W] = {0};
  memcpy(part, from, 4 * left);
  return load(part);
}

INLINE void storeRows(float *to, vf x, long left) {
  if (left >= W) {
    store(to, x);
    return;
  }
  float part[W];
  store(part, x);
  memcpy(to, part, 4 * left);
}

/* from[rows[0 … W − 1]], of the first `left` rows where there are fewer; the other lanes are 0. */
INLINE vf gather(const float *from, const int *rows, long left) {
#if W == 16
  if (left >= W) return (vf)_mm512_i32gather_ps(_mm512_loadu_si512(rows), from, 4);
#elif W == 8
  if (left >= W) return (vf)_mm256_i32gather_ps(from, _mm256_loadu_si256((const __m256i *)rows), 4);
#endif
  float part[W] = {0};
  for (int l = 0; l < W && l < left; l++) part[l] = from[rows[l]];
  return load(part);
}

/* Elements 0 … left − 1 of a column, which lie `step` floats apart; the other lanes are 0. */
INLINE vf column(const float *from, long step, long left) {
  if (left >= W) {
    if (step == 1) return load(from);
#if W == 16
    const __m512i places = _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32((int)step));
    return (vf)_mm512_i32gather_ps(places, from, 4);
#elif W == 8
    const __m256i places = _mm256_mullo_epi32(_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), _mm256_set1_epi32((int)step));
    return (vf)_mm256_i32gather_ps(from, places, 4);
#endif
  }
  float part[W] = {0};
  for (int l = 0; l < W && l < left; l++) part[l] = from[l * step];
  return load(part);
}

INLINE void storeColumn(float *to, vf x, long step, long left) {
  if (left >= W && step == 1) {
    store(to, x);
    return;
  }
  float part[W];
  store(part, x);
  if (left >= W) {
    for (int l = 0; l < W; l++) to[l * step] = part[l];
  } else {
    for (int l = 0; l < left; l++) to[l * step] = part[l];
  }
}
