/* Layers with one to three outputs: heads and linear policies. Vectors of columns would be mostly empty, so lanes go over the rows
   of the batch in the product, and over the inputs in the gradients. O is a constant where these are inlined. */

#define NARROW 3

/* Lanes of two vectors, those of the second counted on from the first's. Clang knows one of these alone, GCC before 12 the other. */
#if defined(__clang__) || __GNUC__ >= 12
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (vi){__VA_ARGS__})
#endif
#if W == 16
#define FIRST_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif W == 8
#define FIRST_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define SECOND_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define FIRST_HALVES 0, 4, 1, 5
#define SECOND_HALVES 2, 6, 3, 7
#endif

/* rows[r][k], r and k below W, becomes rows[k][r]: log₂ W rounds that each interleave the first half of the rows with the second. */
INLINE void transpose(vf *rows) {
  _Pragma("GCC unroll 4") for (int round = W; round > 1; round /= 2) {
    vf next[W];
    _Pragma("GCC unroll 8") for (int r = 0; r < W / 2; r++) {
      next[2 * r] = SHUFFLE(rows[r], rows[r + W / 2], FIRST_HALVES);
      next[2 * r + 1] = SHUFFLE(rows[r], rows[r + W / 2], SECOND_HALVES);
    }
    _Pragma("GCC unroll 16") for (int r = 0; r < W; r++) rows[r] = next[r];
  }
}

/* W floats that lie `step` apart. */
INLINE vf loadStrided(const float *from, long step) {
  float lanes[W];
  for (int l = 0; l < W; l++) lanes[l] = from[l * step];
  return load(lanes);
}

INLINE void storeStrided(float *to, long step, vf x) {
  for (int l = 0; l < W; l++) to[l * step] = x[l];
}

/* output[b, o] = bias[o] + Σ_i input[b, i]·weights[i, o], i ascending. */
INLINE void narrowProduct(const int O, const float *input, const float *weights, const float *bias, float *output, int B, int I) {
  int b = 0;
  for (; b + W <= B; b += W) {
    const float *from = input + (long)b * I;
    vf sum[NARROW];
    _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) sum[o] = splat(bias[o]);
    int i = 0;
    for (; i + W <= I; i += W) {
      vf x[W];
      _Pragma("GCC unroll 16") for (int r = 0; r < W; r++) x[r] = load(from + (long)r * I + i);
      transpose(x);
      const float *w = weights + (long)i * O;
      _Pragma("GCC unroll 16") for (int k = 0; k < W; k++)
        _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) sum[o] = sum[o] + x[k] * splat(w[k * O + o]);
    }
    for (; i < I; i++) {
      const vf x = I == 1 ? load(from) : loadStrided(from + i, I);
      _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) sum[o] = sum[o] + x * splat(weights[(long)i * O + o]);
    }
    float *to = output + (long)b * O;
    _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) {
      if (O == 1) store(to, sum[o]);
      else storeStrided(to + o, O, sum[o]);
    }
  }
  for (; b < B; b++)
    for (int o = 0; o < O; o++) {
      float sum = bias[o];
      for (int i = 0; i < I; i++) sum = sum + input[(long)b * I + i] * weights[(long)i * O + o];
      output[(long)b * O + o] = sum;
    }
}

static void narrowForward(const float *input, const float *weights, const float *bias, float *output, int B, int I, int O) {
  if (O == 1) narrowProduct(1, input, weights, bias, output, B, I);
  else if (O == 2) narrowProduct(2, input, weights, bias, output, B, I);
  else narrowProduct(3, input, weights, bias, output, B, I);
}

/* `vectors` vectors of inputs [i, …) of a narrow layer: dWeights[i, o] += Σ_b input[b, i]·d[b, o], and where dInput is not null
   dInput[b, i] = Σ_o d[b, o]·weights[i, o], b and o ascending; with `below`, that goes on to the layer below as in `product`.
   Where dBias is not null, dBias[o] += Σ_b d[b, o] in the same order: its sums wait for themselves while these are worked on. */
INLINE void narrowColumns(const int O, const int vectors, const float *input, const float *weights, const float *d, float *dInput,
                          float *dWeights, float *dBias, const struct Below *below, int rows, int I, int i) {
  float own[NARROW] = {0};
  _Pragma("GCC unroll 3") for (int o = 0; o < O; o++)
    if (dBias != 0) own[o] = dBias[o];
  vf w[NARROW][PANEL_VECTORS], sum[NARROW][PANEL_VECTORS], bias[PANEL_VECTORS];
  const int activation = below != 0 ? below->activation : NONE;
  _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++) {
    _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) {
      const long at = (long)(i + v * W) * O + o;
      w[o][v] = O == 1 ? load(weights + at) : loadStrided(weights + at, O);
      sum[o][v] = O == 1 ? load(dWeights + at) : loadStrided(dWeights + at, O);
    }
    bias[v] = below != 0 ? load(below->dBias + i + v * W) : splat(0);
  }
  const float *x = input + i;
  for (int b = 0; b < rows; b++) {
    _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++) {
      const vf from = load(x + v * W);
      vf dx = splat(0);
      _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) {
        const vf s = splat(d[o]);
        sum[o][v] = sum[o][v] + from * s;
        dx = dx + s * w[o][v];
      }
      if (dInput != 0) {
        dx = activationGradient(from, dx, activation);
        bias[v] = bias[v] + dx;
        store(dInput + (long)b * I + i + v * W, dx);
      }
    }
    _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) own[o] = own[o] + d[o];
    d += O;
    x += I;
  }
  _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++) {
    _Pragma("GCC unroll 3") for (int o = 0; o < O; o++) {
      const long at = (long)(i + v * W) * O + o;
      if (O == 1) store(dWeights + at, sum[o][v]);
      else storeStrided(dWeights + at, O, sum[o][v]);
    }
    if (below != 0) store(below->dBias + i + v * W, bias[v]);
  }
  _Pragma("GCC unroll 3") for (int o = 0; o < O; o++)
    if (dBias != 0) dBias[o] = own[o];
}

INLINE void narrowGradients(const int O, const float *input, const float *weights, const float *d, float *dInput, float *dWeights,
                            float *dBias, const struct Below *below, int rows, int I) {
  /* As many columns at a time as the registers hold. */
  const int most = O == 1 ? PANEL_VECTORS : PANEL_VECTORS / 2;
  int i = 0;
  for (; i + most * W <= I; i += most * W, dBias = 0)
    narrowColumns(O, most, input, weights, d, dInput, dWeights, dBias, below, rows, I, i);
  for (; i + W <= I; i += W, dBias = 0) narrowColumns(O, 1, input, weights, d, dInput, dWeights, dBias, below, rows, I, i);
  for (; i < I; i++, dBias = 0) {
    float sum[NARROW], own[NARROW] = {0};
    for (int o = 0; o < O; o++) {
      sum[o] = dWeights[(long)i * O + o];
      if (dBias != 0) own[o] = dBias[o];
    }
    float bias = below != 0 ? below->dBias[i] : 0;
    for (int b = 0; b < rows; b++) {
      const float x = input[(long)b * I + i];
      float dx = 0;
      for (int o = 0; o < O; o++) {
        sum[o] = sum[o] + x * d[b * O + o];
        own[o] = own[o] + d[b * O + o];
        dx = dx + d[b * O + o] * weights[(long)i * O + o];
      }
      if (dInput == 0) continue;
      if (below != 0) dx = scalarGradient(x, dx, below->activation);
      bias = bias + dx;
      dInput[(long)b * I + i] = dx;
    }
    for (int o = 0; o < O; o++) {
      dWeights[(long)i * O + o] = sum[o];
      if (dBias != 0) dBias[o] = own[o];
    }
    if (below != 0) below->dBias[i] = bias;
  }
}

static void narrowBackward(const float *input, const float *weights, const float *d, float *dInput, float *dWeights, float *dBias,
                           const struct Below *below, int rows, int I, int O) {
  if (O == 1) narrowGradients(1, input, weights, d, dInput, dWeights, dBias, below, rows, I);
  else if (O == 2) narrowGradients(2, input, weights, d, dInput, dWeights, dBias, below, rows, I);
  else narrowGradients(3, input, weights, d, dInput, dWeights, dBias, below, rows, I);
}
