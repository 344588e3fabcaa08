/* Dense layers with vectors of W floats: the canonical products of docs/numerics.md, so the bits of the WebAssembly kernels.
   Every multiplication and addition rounds by itself (the file is compiled without contraction); lanes hold elements.
   Shapes: input [B, I], weights [I, O], output [B, O], row-major. */

/* Rows that are worked on together, so that what they need stays in the caches. */
#define ROWS 128
/* Widest panel of columns, in vectors; TILE_ROWS × PANEL_VECTORS accumulators fill the registers. */
#if W == 16
#define PANEL_VECTORS 4
#define TILE_ROWS 6
#elif W == 8
#define PANEL_VECTORS 2
#define TILE_ROWS 6
#else
#define PANEL_VECTORS 2
#define TILE_ROWS 4
#endif
#define PANEL (PANEL_VECTORS * W)

INLINE vf activationGradient(vf y, vf d, int activation) {
  if (activation == TANH) return d * (splat(1) - y * y);
  if (activation == RELU) return (vf)((vi)d & (y > splat(0)));
  return d;
}

INLINE float scalarGradient(float y, float d, int activation) {
  if (activation == TANH) return d * (1.0f - y * y);
  if (activation == RELU) return y > 0 ? d : 0;
  return d;
}

/* `vectors` vectors of columns of the gradient before the activation, in place over dOutput, and added to dBias in row order.
   A constant number where this is inlined: the sums are chains that hide each other's waiting times. */
INLINE void gradientColumns(const int vectors, const float *y, float *d, float *dBias, int rows, long row, int activation) {
  vf sum[PANEL_VECTORS];
  _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) sum[v] = load(dBias + v * W);
  for (int r = 0; r < rows; r++) {
    _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) {
      vf value = load(d + v * W);
      if (activation != NONE) {
        value = activationGradient(load(y + v * W), value, activation);
        store(d + v * W, value);
      }
      sum[v] = sum[v] + value;
    }
    d += row;
    y += row;
  }
  _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) store(dBias + v * W, sum[v]);
}

/* The gradient before the activation of `rows` rows and `width` columns, in place over d, and added to dBias in row order. Rows of
   y and d are `row` floats apart. */
static void activationGradients(const float *y, float *d, float *dBias, int rows, int width, long row, int activation) {
  int o = 0;
  for (; o + PANEL <= width; o += PANEL) gradientColumns(PANEL_VECTORS, y + o, d + o, dBias + o, rows, row, activation);
  for (; o + W <= width; o += W) gradientColumns(1, y + o, d + o, dBias + o, rows, row, activation);
  for (; o < width; o++) {
    float sum = dBias[o];
    for (int r = 0; r < rows; r++) {
      float *at = d + r * row + o;
      if (activation != NONE) *at = scalarGradient(y[r * row + o], *at, activation);
      sum = sum + *at;
    }
    dBias[o] = sum;
  }
}

/* The layer below, which backward goes on with as soon as it has the gradient of its output. */
struct Below {
  /* What the layer gave, at the first of the rows; rows are as long as those of the gradient. */
  const float *output;
  float *dBias;
  int activation;
};

#include "narrow.h"

/* out[r, c] = init[r, c] + Σ_k a[r, k]·w[k, c], k ascending, of `height` rows and `vectors` whole vectors of columns.
   Both are constants where this is inlined, so the accumulators stay in registers. Where y, the output of a tanh layer, is not null,
   the sums are its gradient and become that before the tanh, which goes to dBias in row order. */
INLINE void tile(const int height, const int vectors, const float *a, long aRow, long aStep, const float *w, long wStep,
                 int K, const float *init, long initRow, float *out, long outRow, const float *y, float *dBias) {
  vf sum[TILE_ROWS][PANEL_VECTORS];
  _Pragma("GCC unroll 8") for (int r = 0; r < height; r++)
    _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) sum[r][v] = load(init + r * initRow + v * W);
  for (int k = 0; k < K; k++) {
    vf column[PANEL_VECTORS];
    _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) column[v] = load(w + v * W);
    _Pragma("GCC unroll 8") for (int r = 0; r < height; r++) {
      const vf x = splat(a[r * aRow]);
      _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) sum[r][v] = sum[r][v] + x * column[v];
    }
    a += aStep;
    w += wStep;
  }
  if (y != 0) {
    vf bias[PANEL_VECTORS];
    _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) bias[v] = load(dBias + v * W);
    _Pragma("GCC unroll 8") for (int r = 0; r < height; r++)
      _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) {
        sum[r][v] = activationGradient(load(y + r * outRow + v * W), sum[r][v], TANH);
        bias[v] = bias[v] + sum[r][v];
      }
    _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) store(dBias + v * W, bias[v]);
  }
  _Pragma("GCC unroll 8") for (int r = 0; r < height; r++)
    _Pragma("GCC unroll 8") for (int v = 0; v < vectors; v++) store(out + r * outRow + v * W, sum[r][v]);
}

#define TILE_CASE(height, vectors)                                                             \
  case (height) * 8 + (vectors):                                                               \
    tile(height, vectors, a, aRow, aStep, w, wStep, K, init, initRow, out, outRow, 0, 0);      \
    break;
#if PANEL_VECTORS == 4
#define TILE_CASES(height) TILE_CASE(height, 1) TILE_CASE(height, 2) TILE_CASE(height, 3) TILE_CASE(height, 4)
#else
#define TILE_CASES(height) TILE_CASE(height, 1) TILE_CASE(height, 2)
#endif

static void anyTile(int height, int vectors, const float *a, long aRow, long aStep, const float *w, long wStep, int K,
                    const float *init, long initRow, float *out, long outRow) {
  switch (height * 8 + vectors) {
    TILE_CASES(1)
    TILE_CASES(2)
    TILE_CASES(3)
    TILE_CASES(4)
#if TILE_ROWS > 4
    TILE_CASES(5)
    TILE_CASES(6)
#endif
  }
}

INLINE int wholeVectors(int columns) { return (columns + W - 1) / W; }

static void copyBlock(const float *from, long fromRow, float *to, long toRow, int height, int width) {
  for (int r = 0; r < height; r++)
    for (int c = 0; c < width; c++) to[r * toRow + c] = from[r * fromRow + c];
}

/* Columns [first, first + width) of a matrix [K, columns] as rows of PANEL floats, the rest of each row 0. */
static void packPanel(const float *matrix, int K, int columns, int first, int width, float *panel) {
  const int whole = wholeVectors(width) * W;
  for (int k = 0; k < K; k++) {
    const float *from = matrix + (long)k * columns + first;
    int c = 0;
    for (; c < width; c++) panel[c] = from[c];
    for (; c < whole; c++) panel[c] = 0;
    panel += PANEL;
  }
}

/* Rows [first, first + width) of a matrix [rows, K] as columns of such a panel. */
static void packTransposed(const float *matrix, int K, int first, int width, float *panel) {
  const int whole = wholeVectors(width) * W;
  for (int c = 0; c < whole; c += W) {
    const float *from = matrix + (long)(first + c) * K;
    const int present = width - c < W ? width - c : W;
    int k = 0;
    if (present == W) {
      for (; k + W <= K; k += W) {
        vf rows[W];
        _Pragma("GCC unroll 16") for (int r = 0; r < W; r++) rows[r] = load(from + (long)r * K + k);
        transpose(rows);
        _Pragma("GCC unroll 16") for (int r = 0; r < W; r++) store(panel + (long)(k + r) * PANEL + c, rows[r]);
      }
    }
    for (; k < K; k++)
      for (int r = 0; r < W; r++) panel[(long)k * PANEL + c + r] = r < present ? from[(long)r * K + k] : 0;
  }
}

/* One panel of columns of out[r, c] = init[c] + Σ_k a[r, k]·w[k, c]. `edge` holds a tile whose columns do not all exist. Where out
   is the gradient of a layer below, each tile becomes that layer's gradient before its activation at once; `below` is null else. */
static void product(const float *a, int rows, int K, const float *w, long wStep, const float *init, float *out, long outRow,
                    int width, float *edge, const struct Below *below) {
  const int vectors = wholeVectors(width);
  const int whole = vectors * W == width;
  for (int r = 0; r < rows; r += TILE_ROWS) {
    const int height = rows - r < TILE_ROWS ? rows - r : TILE_ROWS;
    const float *from = a + (long)r * K;
    float *to = out + r * outRow;
    if (whole && height == TILE_ROWS && vectors == PANEL_VECTORS) {
      if (below != 0 && below->activation == TANH) {
        tile(TILE_ROWS, PANEL_VECTORS, from, K, 1, w, wStep, K, init, 0, to, outRow, below->output + r * outRow, below->dBias);
        continue;
      }
      tile(TILE_ROWS, PANEL_VECTORS, from, K, 1, w, wStep, K, init, 0, to, outRow, 0, 0);
    } else if (whole) {
      anyTile(height, vectors, from, K, 1, w, wStep, K, init, 0, to, outRow);
    } else {
      anyTile(height, vectors, from, K, 1, w, wStep, K, init, 0, edge, PANEL);
      copyBlock(edge, PANEL, to, outRow, height, width);
    }
    if (below != 0)
      activationGradients(below->output + r * outRow, to, below->dBias, height, width, outRow, below->activation);
  }
}

/* Floats of a tile of which not all columns exist: scratch begins with them. */
#define EDGE (TILE_ROWS * PANEL)

INLINE int wholePanels(int columns) { return (columns + PANEL - 1) / PANEL * PANEL; }

INLINE void activate(float *values, long n, int activation) {
  if (activation == TANH) {
    mapTanh(values, values, n);
  } else if (activation == RELU) {
    /* Clears what is ≤ 0, which NaN is not: NaN stays NaN, and −0 becomes +0. */
    for (long j = 0; j < n; j++) values[j] = values[j] <= 0 ? 0 : values[j];
  }
}

/* Layers with so few inputs do not fill a tile's time: their activation is taken while the sums are in registers. */
#define SHALLOW 3

INLINE vf activated(vf x, int activation) {
  if (activation == TANH) return hyperbolicTangent(x);
  if (activation == RELU) return (vf)((vi)x & ~(vi)(x <= splat(0)));
  return x;
}

/* `vectors` vectors of columns of out = activation(bias + input·weights). */
INLINE void shallowColumns(const int I, const int vectors, const float *input, const float *weights, const float *bias, float *out,
                           int rows, int O, int activation) {
  vf w[SHALLOW][PANEL_VECTORS], init[PANEL_VECTORS];
  _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++) {
    init[v] = load(bias + v * W);
    _Pragma("GCC unroll 3") for (int i = 0; i < I; i++) w[i][v] = load(weights + (long)i * O + v * W);
  }
  for (int r = 0; r < rows; r++) {
    _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++) {
      vf sum = init[v];
      _Pragma("GCC unroll 3") for (int i = 0; i < I; i++) sum = sum + splat(input[i]) * w[i][v];
      store(out + v * W, activated(sum, activation));
    }
    input += I;
    out += O;
  }
}

INLINE void shallowProduct(const int I, const float *input, const float *weights, const float *bias, float *out, int rows, int O,
                           int activation) {
  int o = 0;
  for (; o + PANEL <= O; o += PANEL)
    shallowColumns(I, PANEL_VECTORS, input, weights + o, bias + o, out + o, rows, O, activation);
  for (; o < O; o += W) shallowColumns(I, 1, input, weights + o, bias + o, out + o, rows, O, activation);
}

INLINE int isShallow(int I, int O) { return I <= SHALLOW && O % W == 0; }

static void shallowForward(const float *input, const float *weights, const float *bias, float *out, int rows, int I, int O,
                           int activation) {
  if (I == 1) shallowProduct(1, input, weights, bias, out, rows, O, activation);
  else if (I == 2) shallowProduct(2, input, weights, bias, out, rows, O, activation);
  else shallowProduct(3, input, weights, bias, out, rows, O, activation);
}

/* Scratch of a layer [I, O] that is prepared for forward, behind the edge tile: a row of initial values, then panels. */
INLINE long forwardFloats(int I, int O) { return (long)wholePanels(O) * (I + 1); }

/* Whether a panel is copied: one that is not whole, and those of large weights, whose rows would fall on few cache sets. */
INLINE int packsAll(int B, int I, int O) { return O > PANEL && (long)I * O > 8192 && B >= 4 * TILE_ROWS; }

static void prepareForward(const float *weights, const float *bias, int B, int I, int O, float *scratch) {
  if (O <= NARROW || isShallow(I, O)) return;
  const int whole = wholePanels(O);
  float *panels = scratch + whole;
  memcpy(scratch, bias, 4 * (long)O);
  memset(scratch + O, 0, 4 * (long)(whole - O));
  for (int o = 0; o < O; o += PANEL) {
    const int width = O - o < PANEL ? O - o : PANEL;
    if (packsAll(B, I, O) || width % W != 0) packPanel(weights, I, O, o, width, panels + (long)o * I);
  }
}

/* `rows` of the B rows that the layer was prepared for. */
static void forwardRows(const float *input, const float *weights, const float *bias, float *output, int rows, int B, int I, int O,
                        int activation, const float *prepared, float *edge) {
  if (O <= NARROW) {
    narrowForward(input, weights, bias, output, rows, I, O);
  } else if (isShallow(I, O)) {
    shallowForward(input, weights, bias, output, rows, I, O, activation);
    return;
  } else {
    const float *panels = prepared + wholePanels(O);
    for (int o = 0; o < O; o += PANEL) {
      const int width = O - o < PANEL ? O - o : PANEL;
      const int packed = packsAll(B, I, O) || width % W != 0;
      product(input, rows, I, packed ? panels + (long)o * I : weights + o, packed ? PANEL : O, prepared + o, output + o, O, width,
              edge, 0);
    }
  }
  activate(output, (long)rows * O, activation);
}

void NAME(denseForward)(const float *input, const float *weights, const float *bias, float *output, int B, int I, int O,
                        int activation, float *scratch) {
  float *prepared = scratch + EDGE;
  prepareForward(weights, bias, B, I, O, prepared);
  for (int b = 0; b < B; b += ROWS) {
    const int rows = B - b < ROWS ? B - b : ROWS;
    forwardRows(input + (long)b * I, weights, bias, output + (long)b * O, rows, B, I, O, activation, prepared, scratch);
  }
}

/* dWeights[i, o] += Σ_b input[b, i]·d[b, o] of `rows` rows. */
static void weightGradient(const float *input, const float *d, float *dWeights, int rows, int I, int O, float *edge, float *panel) {
  for (int o = 0; o < O; o += PANEL) {
    const int width = O - o < PANEL ? O - o : PANEL;
    const int vectors = wholeVectors(width);
    const int whole = vectors * W == width;
    const float *from = d + o;
    long step = O;
    if (!whole) {
      packPanel(d, rows, O, o, width, panel);
      from = panel;
      step = PANEL;
    }
    for (int i = 0; i < I; i += TILE_ROWS) {
      const int height = I - i < TILE_ROWS ? I - i : TILE_ROWS;
      float *to = dWeights + (long)i * O + o;
      if (whole && height == TILE_ROWS && vectors == PANEL_VECTORS) {
        tile(TILE_ROWS, PANEL_VECTORS, input + i, 1, I, from, step, rows, to, O, to, O, 0, 0);
      } else if (whole) {
        anyTile(height, vectors, input + i, 1, I, from, step, rows, to, O, to, O);
      } else {
        for (int c = 0; c < TILE_ROWS * PANEL; c++) edge[c] = 0;
        copyBlock(to, O, edge, PANEL, height, width);
        anyTile(height, vectors, input + i, 1, I, from, step, rows, edge, PANEL, edge, PANEL);
        copyBlock(edge, PANEL, to, O, height, width);
      }
    }
  }
}

/* Likewise for the gradient of the input: a row of zeros, then the transposed weights. */
INLINE long backwardFloats(int I, int O) { return (long)wholePanels(I) * (O + 1); }

static void prepareBackward(const float *weights, int I, int O, float *scratch) {
  if (O <= NARROW) return;
  const int whole = wholePanels(I);
  float *panels = scratch + whole;
  memset(scratch, 0, 4 * (long)whole);
  for (int i = 0; i < I; i += PANEL) packTransposed(weights, O, i, I - i < PANEL ? I - i : PANEL, panels + (long)i * O);
}

/* Begins with `rows` rows of the outermost layer's dOutput: d becomes the gradient before the activation, and goes to dBias, but where
   a narrow layer without activation adds it as it goes: then dBias is returned for `backwardRows`, and null else. */
static float *beginBackward(const float *output, float *d, float *dBias, int rows, int I, int O, int activation) {
  if (I > 0 && O <= NARROW && activation == NONE) return dBias;
  activationGradients(output, d, dBias, rows, O, O, activation);
  return 0;
}

/* Gradients of `rows` rows from d, the gradient before the activation. dInput may be null; `prepared` and `below` are not looked at
   then. dBias is what `beginBackward` left to do, null in layers below. `panel` holds [ROWS, PANEL]. */
static void backwardRows(const float *input, const float *weights, const float *d, float *dInput, float *dWeights, float *dBias, int rows,
                         int I, int O, const float *prepared, const struct Below *below, float *edge, float *panel) {
  if (O <= NARROW) {
    narrowBackward(input, weights, d, dInput, dWeights, dBias, below, rows, I, O);
    return;
  }
  weightGradient(input, d, dWeights, rows, I, O, edge, panel);
  if (dInput == 0) return;
  const float *panels = prepared + wholePanels(I);
  for (int i = 0; i < I; i += PANEL) {
    const int width = I - i < PANEL ? I - i : PANEL;
    struct Below part;
    if (below != 0) part = (struct Below){below->output + i, below->dBias + i, below->activation};
    product(d, rows, O, panels + (long)i * O, PANEL, prepared + i, dInput + i, I, width, edge, below != 0 ? &part : 0);
  }
}

void NAME(denseBackward)(const float *input, const float *weights, const float *output, float *dOutput, float *dInput,
                         float *dWeights, float *dBias, int B, int I, int O, int activation, float *scratch) {
  float *panel = scratch + EDGE;
  float *prepared = panel + ROWS * PANEL;
  if (dInput != 0) prepareBackward(weights, I, O, prepared);
  for (int b = 0; b < B; b += ROWS) {
    const int rows = B - b < ROWS ? B - b : ROWS;
    float *d = dOutput + (long)b * O;
    float *left = beginBackward(output + (long)b * O, d, dBias, rows, I, O, activation);
    backwardRows(input + (long)b * I, weights, d, dInput == 0 ? 0 : dInput + (long)b * I, dWeights, left, rows, I, O, prepared, 0,
                 scratch, panel);
  }
}
