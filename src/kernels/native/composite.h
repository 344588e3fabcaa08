/* A decision and a price in one number: outputs [B, 2] of a logit and a mean, one log σ; reservations [B], or one where their row is 0. sign is 1
   for a seller, −1 for a buyer. Lanes go over rows. */

#define FARTHEST 1e18f

/* What is taken of W rows. */
struct NAME(Deal) {
  vf logit, mean, r, c, logAct, logPass, logZero;
  vi free;
  struct NAME(Tails) law;
};

INLINE struct NAME(Deal) dealOf(const float *outputs, const float *reservations, long row, vf inverse, float sign, long left) {
  struct NAME(Deal) own;
  own.logit = column(outputs, 2, left);
  own.mean = column(outputs + 1, 2, left);
  own.r = row ? loadRows(reservations, left) : splat(reservations[0]);
  own.free = own.r == splat(0);
  own.c = atMost(atLeast(splat(sign) * ((own.r - own.mean) * inverse), -FARTHEST), FARTHEST);
  own.law = tailsOf(own.c);
  own.logAct = negated(softPlus(negated(own.logit)));
  own.logPass = negated(softPlus(own.logit));
  const vf other = own.logAct + own.law.logBelow;
  const vf most = choose(own.logPass < other, other, own.logPass);
  own.logZero = most + softPlus(negated(magnitude(own.logPass - other)));
  return own;
}

INLINE vi isBeyond(vf action, vf r, float sign) { return (sign > 0 ? action > r : action < r); }

void NAME(compositeSample)(const float *outputs, const float *logStd, const float *noise, const float *reservations, float *actions, long B,
                           long row, int sign) {
  const vf std = exponential(splat(logStd[0]));
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const vf r = row ? loadRows(reservations + b, left) : splat(reservations[0]);
    const vf quantity = column(outputs + 2 * b + 1, 2, left) + std * normalOfUniform(column(noise + 2 * b + 1, 2, left));
    const vf price = choose(isBeyond(quantity, r, sign), quantity, r);
    const vi lost = (price == splat(0)) & (r != splat(0));
    const vi acts = column(noise + 2 * b, 2, left) < logistic(column(outputs + 2 * b, 2, left));
    storeRows(actions + b, (vf)((vi)choose(lost, splat(1.401298464324817e-45f), price + splat(0)) & acts), left);
  }
}

/* Without actions the entropies alone, without entropies the other. */
void NAME(compositeEvaluate)(const float *outputs, const float *logStd, const float *actions, const float *reservations, float *logProbs,
                             float *entropies, long B, long row, int sign) {
  const vf inverse = exponential(splat(-logStd[0]));
  const vf atMean = splat(-logStd[0] - HALF_LOG_TWO_PI), scale = splat(logStd[0] + ENTROPY_AT_ONE);
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const struct NAME(Deal) own = dealOf(outputs + 2 * b, reservations + b * row, row, inverse, sign, left);
    if (actions) {
      const vf action = loadRows(actions + b, left);
      const vf z = (action - own.mean) * inverse;
      const vf priced = own.logAct + (atMean - splat(0.5f) * (z * z));
      const vf least = choose(own.free, own.logZero, choose(action == splat(0), own.logPass, own.logAct + own.law.logBelow));
      storeRows(logProbs + b, choose((action != splat(0)) & isBeyond(action, own.r, sign), priced, least), left);
    }
    if (entropies) {
      const vf continuous = own.law.above * scale + (splat(0.5f) * own.c) * own.law.density;
      const vf together = continuous - own.law.above * own.logAct;
      const vf apart = (continuous - own.law.below * own.law.logBelow) - own.logAct;
      const vf point = choose(own.free, own.logZero, own.logPass);
      storeRows(entropies + b, logistic(own.logit) * choose(own.free, together, apart) - exponential(point) * point, left);
    }
  }
}

void NAME(compositeBackward)(const float *outputs, const float *logStd, const float *actions, const float *reservations,
                             const float *dLogProbs, const float *dEntropies, float *dOutputs, float *dLogStd, long B, long row, int sign,
                             float *scratch) {
  const vf inverse = exponential(splat(-logStd[0])), scale = splat(logStd[0] + ENTROPY_AT_ONE);
  memset(scratch, 0, 4 * STRIPES);
  for (long b = 0; b < B; b += W) {
    const long left = B - b;
    const struct NAME(Deal) own = dealOf(outputs + 2 * b, reservations + b * row, row, inverse, sign, left);
    const vf g = loadRows(dLogProbs + b, left), e = loadRows(dEntropies + b, left), action = loadRows(actions + b, left);
    const vf p = logistic(own.logit), pass = logistic(negated(own.logit));
    const vi beyond = (action != splat(0)) & isBeyond(action, own.r, sign);
    const vi passed = (action == splat(0)) & ~own.free;
    const vf z = (action - own.mean) * inverse;
    const vf joint = own.logit + own.law.logBelow;
    const vf acted = choose(own.free, logistic(joint), splat(1));
    const vf shared = acted * pass - logistic(negated(joint)) * p;
    const vf byChoice = choose(beyond, pass, choose(own.free, shared, choose(passed, negated(p), pass)));
    const vf byPoint = (vf)((vi)(acted * own.law.inverseMills) & ~(beyond | passed));
    const vf middle = (splat(0.5f) * own.c) * own.law.density;
    const vf level = choose(own.free, own.logZero - own.logAct, own.law.logBelow);
    const vf together = own.law.above * (level + scale) + middle;
    const vf apart = ((own.law.above * scale + middle) - own.law.below * level) - own.logit;
    const vf byLogit = (p * pass) * choose(own.free, together, apart);
    const vf rise = ((level + scale) + splat(0.5f)) + splat(0.5f) * (own.c * own.c);
    const vf dC = g * byPoint - e * ((p * own.law.density) * rise);
    const vf dMean = (vf)((vi)(g * (z * inverse)) & beyond);
    const vf ofStd = (vf)((vi)(g * (z * z - splat(1))) & beyond);
    storeColumn(dOutputs + 2 * b, g * byChoice + e * byLogit, 2, left);
    storeColumn(dOutputs + 2 * b + 1, dMean - (splat(sign) * dC) * inverse, 2, left);
    const vf term = (ofStd + e * (p * own.law.above)) - own.c * dC;
    float *part = scratch + b % STRIPES;
    store(part, load(part) + (vf)((vi)term & (left < W ? laneMask(left) : splatInt(-1))));
  }
  dLogStd[0] = dLogStd[0] + joinParts(scratch);
}
