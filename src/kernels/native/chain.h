/* Layers whose outputs feed one another, in one call: rows go through all of them while they are in the cache. */

/* A chain as its owner wrote it down, in 32-bit words: the number of layers, then of each what `struct Layer` says, in that order;
   `output` is an address of f32[B, O]. Parameters and gradients are blocks of which weights and biases are parts. */
struct Layer {
  uint32_t I, O, activation, weightsAt, biasAt, output;
};

void NAME(chainForward)(const uint32_t *chain, char *memory, const float *parameters, const float *input, int B, float *scratch) {
  const int count = chain[0];
  const struct Layer *layers = (const struct Layer *)(chain + 1);
  float *next = scratch + EDGE;
  for (int l = 0; l < count; l++) {
    const struct Layer n = layers[l];
    prepareForward(parameters + n.weightsAt, parameters + n.biasAt, B, n.I, n.O, next);
    next += forwardFloats(n.I, n.O);
  }
  for (int b = 0; b < B; b += ROWS) {
    const int rows = B - b < ROWS ? B - b : ROWS;
    const float *from = input + (long)b * layers[0].I;
    const float *prepared = scratch + EDGE;
    for (int l = 0; l < count; l++) {
      const struct Layer n = layers[l];
      float *output = (float *)(memory + n.output) + (long)b * n.O;
      forwardRows(from, parameters + n.weightsAt, parameters + n.biasAt, output, rows, B, n.I, n.O, n.activation, prepared, scratch);
      prepared += forwardFloats(n.I, n.O);
      from = output;
    }
  }
}

void NAME(chainBackward)(const uint32_t *chain, char *memory, const float *parameters, const float *input, float *dOutput,
                         float *gradients, float *dInput, int B, float *scratch) {
  const int count = chain[0];
  const struct Layer *layers = (const struct Layer *)(chain + 1);
  const struct Layer last = layers[count - 1];
  uint32_t widest = 0;
  for (int l = 1; l < count; l++) widest = layers[l].I > widest ? layers[l].I : widest;
  float *panel = scratch + EDGE;
  /* Gradients of hidden outputs, [ROWS, widest]: a layer writes one while it reads the other. */
  float *hidden[2] = {panel + ROWS * PANEL, panel + ROWS * PANEL + (long)ROWS * widest};
  float *const first = hidden[1] + (long)ROWS * widest;
  float *next = first;
  for (int l = 0; l < count; l++) {
    if (l == 0 && dInput == 0) continue;
    prepareBackward(parameters + layers[l].weightsAt, layers[l].I, layers[l].O, next);
    next += backwardFloats(layers[l].I, layers[l].O);
  }
  for (int b = 0; b < B; b += ROWS) {
    const int rows = B - b < ROWS ? B - b : ROWS;
    float *d = dOutput + (long)b * last.O;
    float *left = beginBackward((float *)(memory + last.output) + (long)b * last.O, d, gradients + last.biasAt, rows, last.I, last.O,
                                last.activation);
    const float *prepared = next;
    for (int l = count - 1; l >= 0; l--) {
      const struct Layer n = layers[l];
      const float *weights = parameters + n.weightsAt;
      float *dWeights = gradients + n.weightsAt;
      if (l == 0) {
        float *to = dInput == 0 ? 0 : dInput + (long)b * n.I;
        backwardRows(input + (long)b * n.I, weights, d, to, dWeights, left, rows, n.I, n.O, first, 0, scratch, panel);
        break;
      }
      prepared -= backwardFloats(n.I, n.O);
      const struct Layer from = layers[l - 1];
      const float *values = (float *)(memory + from.output) + (long)b * n.I;
      const struct Below below = {values, gradients + from.biasAt, from.activation};
      backwardRows(values, weights, d, hidden[l & 1], dWeights, left, rows, n.I, n.O, prepared, &below, scratch, panel);
      d = hidden[l & 1];
      left = 0;
    }
  }
}
