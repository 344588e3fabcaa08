/* One choice among several by logits, `count` in each of B rows that lie `rowLength` floats apart; lanes go over rows. Noise and actions
   lie `decisions` floats apart. What a row has is added to what is there where `adds` says so. scratch: 2·count vectors. */

INLINE void put(float *to, vf x, int adds, long left) {
  if (adds) x = loadRows(to, left) + x;
  storeRows(to, x, left);
}

/* Of the rows loaded last: the greatest logit, the sum of the weights and its logarithm. */
struct NAME(Choices) {
  vf maximum, sum, logSum;
};

/* Writes the logits of the rows to scratch, a vector for each choice, and behind them their weights. */
static struct NAME(Choices) loadWeights(const float *logits, long step, int count, long left, float *scratch) {
  struct NAME(Choices) rows;
  rows.maximum = splat(-__builtin_inff());
  for (int c = 0; c < count; c++) {
    const vf x = column(logits + c, step, left);
    store(scratch + c * W, x);
    rows.maximum = choose(x > rows.maximum, x, rows.maximum);
  }
  rows.sum = splat(0);
  for (int c = 0; c < count; c++) {
    const vf x = load(scratch + c * W);
    const vf weight = choose(x == rows.maximum, splat(1), exponential(x - rows.maximum));
    store(scratch + (count + c) * W, weight);
    rows.sum = rows.sum + weight;
  }
  rows.logSum = logarithm(rows.sum);
  return rows;
}

INLINE vf choiceLogProb(const struct NAME(Choices) *rows, vf x) { return (x - rows->maximum) - rows->logSum; }

INLINE vf choiceEntropy(const struct NAME(Choices) *rows, int count, const float *scratch) {
  vf mean = splat(0);
  for (int c = 0; c < count; c++) {
    const vf weight = load(scratch + (count + c) * W);
    const vf term = weight * (load(scratch + c * W) - rows->maximum);
    mean = mean + (vf)((vi)term & (weight != splat(0)));
  }
  return rows->logSum - mean / rows->sum;
}

void NAME(categoricalSample)(const float *logits, const float *noise, float *actions, float *logProbs, long B, int count, long rowLength,
                             long decisions, int adds, float *scratch) {
  const vf never = splat(-__builtin_inff());
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const struct NAME(Choices) rows = loadWeights(logits + b * rowLength, rowLength, count, left, scratch);
    const vf threshold = column(noise + b * decisions, decisions, left) * rows.sum;
    vf running = splat(0), choice = splat(0), logit = load(scratch);
    vi passed = splatInt(0);
    for (int c = 0; c < count; c++) {
      const vf x = load(scratch + c * W);
      running = running + load(scratch + (count + c) * W);
      /* The choice in hand is the last one seen that is no −∞, until the sum has passed the threshold. */
      const vi passes = running > threshold;
      const vi takes = (passes | (x != never)) & ~passed;
      choice = choose(takes, splat((float)c), choice);
      logit = choose(takes, x, logit);
      passed = passed | passes;
    }
    storeColumn(actions + b * decisions, choice, decisions, left);
    put(logProbs + b, choiceLogProb(&rows, logit), adds, left);
  }
}

/* Without logProbs the entropies alone, without entropies the other. */
void NAME(categoricalEvaluate)(const float *logits, const float *actions, float *logProbs, float *entropies, long B, int count,
                              long rowLength, long decisions, int adds, float *scratch) {
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const struct NAME(Choices) rows = loadWeights(logits + b * rowLength, rowLength, count, left, scratch);
    if (logProbs) {
      const vf action = column(actions + b * decisions, decisions, left);
      vf logit = splat(-__builtin_inff());
      for (int c = 0; c < count; c++) logit = choose(action == splat((float)c), load(scratch + c * W), logit);
      put(logProbs + b, choiceLogProb(&rows, logit), adds, left);
    }
    if (entropies) put(entropies + b, choiceEntropy(&rows, count, scratch), adds, left);
  }
}

void NAME(categoricalBackward)(const float *logits, const float *actions, const float *dLogProbs, const float *dEntropies, float *dLogits,
                               long B, int count, long rowLength, long decisions, float *scratch) {
  const vf never = splat(-__builtin_inff());
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const struct NAME(Choices) rows = loadWeights(logits + b * rowLength, rowLength, count, left, scratch);
    const vf entropy = choiceEntropy(&rows, count, scratch);
    const vf action = column(actions + b * decisions, decisions, left);
    const vf g = loadRows(dLogProbs + b, left), h = loadRows(dEntropies + b, left);
    for (int c = 0; c < count; c++) {
      const vf x = load(scratch + c * W);
      const vf p = load(scratch + (count + c) * W) / rows.sum;
      const vf taken = (vf)((action == splat((float)c)) & (vi)splat(1));
      const vf away = (vf)((vi)(p * (choiceLogProb(&rows, x) + entropy)) & (p != splat(0)));
      const vf gradient = g * (taken - p) - h * away;
      storeColumn(dLogits + b * rowLength + c, (vf)((vi)gradient & (x != never)), rowLength, left);
    }
  }
}
