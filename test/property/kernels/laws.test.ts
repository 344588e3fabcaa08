import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChoiceRows, createPlainKernels, type Kernels, reference } from '../../../src/kernels/index.js';
import { difference, numbers, place, type Values, values } from './arrays.js';
import { ENGINES } from './engines.js';

const rows = fc.integer({ min: 1, max: 70 });
const seed = fc.integer({ min: 0 });
const kind = fc.constantFrom<Values>('plain', 'tiny', 'wild');
const counts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 });
const NONE = [null, null, null, null, null, null];

/** Several decisions a row, some logits −∞ (of `masked` rows), drawn, judged and differentiated. */
function choices(kernels: Kernels, B: number, counts: readonly number[], from: number, kind_: Values, masked: boolean) {
  const next = numbers(from);
  const rowLength = counts.reduce((sum, count) => sum + count, 0);
  const decisions = counts.length;
  const array = (n: number) => place(kernels, values(next, n, kind_));
  const logits = array(B * rowLength);
  if (masked) for (let k = 0; k < logits.length; k++) if (next() < 0.4) logits[k] = -Infinity;
  const noise = place(
    kernels,
    Float32Array.from({ length: B * decisions }, () => Math.floor(next() * 2 ** 24) * 2 ** -24),
  );
  const [actions, drawn] = [kernels.f32(B * decisions), kernels.f32(B)];
  const [logProbs, entropies] = [kernels.f32(B), kernels.f32(B)];
  const [dLogProbs, dEntropies, dLogits] = [array(B), array(B), kernels.f32(B * rowLength)];
  let first = 0;
  const each: ChoiceRows[] = counts.map((count, decision) => {
    const own = { first, count, rowLength, decision, decisions };
    first += count;
    return own;
  });
  for (const own of each) kernels.categoricalSample(logits, noise, actions, drawn, B, own);
  for (const own of each) kernels.categoricalEvaluate(logits, actions, logProbs, entropies, B, own);
  // One of the two alone has the same bits.
  const [alone, spread] = [kernels.f32(B), kernels.f32(B)];
  for (const own of each) kernels.categoricalEvaluate(logits, actions, alone, null, B, own);
  for (const own of each) kernels.categoricalEvaluate(logits, null, null, spread, B, own);
  expect([difference(alone, logProbs), difference(spread, entropies)]).toEqual([null, null]);
  for (const own of each) kernels.categoricalBackward(logits, actions, dLogProbs, dEntropies, dLogits, B, own);
  return { logits, noise, actions, drawn, logProbs, entropies, dLogProbs, dEntropies, dLogits, each };
}

/** Bounds of elements of any width, held at 10⁻⁶ of half of it; and what is squashed between them and back. */
function squashed(kernels: Kernels, B: number, A: number, from: number, kind_: Values) {
  const next = numbers(from);
  const bounds = kernels.f32(4 * A);
  for (let j = 0; j < A; j++) {
    const half = 2 ** Math.floor(next() * 8 - 2);
    const low = Math.fround(next() * 8 - 4);
    bounds.set([low], j);
    bounds.set([low + 2 * half], A + j);
    bounds.set([Math.fround(low + half * 1e-6) + 2 ** -20], 2 * A + j);
    bounds.set([bounds[A + j] - half * 2 ** -18], 3 * A + j);
  }
  const u = place(
    kernels,
    values(next, B * A, kind_).map((x) => 4 * x),
  );
  const [actions, back, logSlopes] = [kernels.f32(B * A), kernels.f32(B * A), kernels.f32(B)];
  kernels.squash(u, bounds, actions, B, A);
  kernels.unsquash(actions, bounds, back, logSlopes, B, A);
  return { bounds, u, actions, back, logSlopes };
}

describe('choices', () => {
  const plain = createPlainKernels();

  test.each(ENGINES)('%s: the bits of the plain form', (_name, create) => {
    const engine = create();
    fc.assert(
      fc.property(rows, counts, seed, kind, fc.boolean(), (B, sizes, from, kind_, masked) => {
        const expected = choices(plain, B, sizes, from, kind_, masked);
        const actual = choices(engine, B, sizes, from, kind_, masked);
        const names = ['actions', 'drawn', 'logProbs', 'entropies', 'dLogits'] as const;
        expect(names.map((name) => difference(actual[name], expected[name]))).toEqual(NONE.slice(1));
        expect(difference(actual.drawn, actual.logProbs)).toBeNull();
      }),
    );
  });

  test('in plain form they are those of the paper, drawn where the noise says, with the gradient of the paper form', () => {
    fc.assert(
      fc.property(rows, counts, seed, (B, sizes, from) => {
        const made = choices(plain, B, sizes, from, 'plain', false);
        for (let b = 0; b < B; b++) {
          let [logProb, entropy] = [0, 0];
          for (const { first, count, rowLength, decision, decisions } of made.each) {
            const at = b * rowLength + first;
            const logits = [...made.logits.subarray(at, at + count)];
            const p = reference.probabilities(logits);
            const action = made.actions[b * decisions + decision];
            const before = p.slice(0, action).reduce((sum, x) => sum + x, 0);
            const noise = made.noise[b * decisions + decision];
            expect(noise).toBeGreaterThan(before - 1e-6);
            expect(noise).toBeLessThan(before + p[action] + 1e-6);
            logProb += Math.log(p[action]);
            entropy += reference.entropy(logits);
            const [g, h] = [made.dLogProbs[b], made.dEntropies[b]];
            for (let c = 0; c < count; c++) {
              const step = 1e-5;
              const along = (of: (logits: readonly number[]) => number): number => {
                const nudged = (by: number) => logits.map((x, d) => (d === c ? x + by : x));
                return (of(nudged(step)) - of(nudged(-step))) / (2 * step);
              };
              const slope =
                g * along((x) => Math.log(reference.probabilities(x)[action])) + h * along(reference.entropy);
              expect(Math.abs(made.dLogits[at + c] - slope)).toBeLessThan(2e-5);
            }
          }
          expect(Math.abs(made.logProbs[b] - logProb)).toBeLessThan(1e-5);
          expect(Math.abs(made.entropies[b] - entropy)).toBeLessThan(1e-5);
        }
      }),
      { numRuns: 30 },
    );
  });

  const one = { first: 0, count: 4, rowLength: 4, decision: 0, decisions: 1 };
  const draw = (logits: readonly number[], noise: number): number => {
    const actions = plain.f32(1);
    plain.categoricalSample(place(plain, logits), place(plain, [noise]), actions, plain.f32(1), 1, one);
    return actions[0];
  };

  test.each([
    ['the first, for no noise', [0, 0, 0, 0], 0, 0],
    ['the last, for the most noise', [0, 0, 0, 0], 1 - 2 ** -24, 3],
    ['what is impossible never, however little the noise', [-Infinity, 1, -Infinity, -Infinity], 0, 1],
    ['nor however much', [2, 1, -Infinity, -Infinity], 1 - 2 ** -24, 1],
    ['the last that is possible, of no numbers', [Number.NaN, Number.NaN, Number.NaN, -Infinity], 0.5, 2],
  ])('drawn is %s', (_, logits, noise, choice) => {
    expect(draw(logits, noise)).toBe(choice);
  });

  test('what is no choice has no probability, and what is impossible no gradient', () => {
    const logits = place(plain, [1, -Infinity, 0, 2]);
    const of = (action: number) => {
      const [logProbs, dLogits] = [plain.f32(1), plain.f32(4)];
      const actions = place(plain, [action]);
      plain.categoricalEvaluate(logits, actions, logProbs, plain.f32(1), 1, one);
      plain.categoricalBackward(logits, actions, place(plain, [1]), place(plain, [1]), dLogits, 1, one);
      return { logProb: logProbs[0], impossible: dLogits[1] };
    };
    for (const action of [1, 4, -1, 0.5, Number.NaN]) expect(of(action).logProb).toBe(-Infinity);
    expect(of(1).impossible).toBe(0);
  });
});

describe('squashing', () => {
  const plain = createPlainKernels();
  const elements = fc.constantFrom(1, 2, 3, 5);

  test.each(ENGINES)('%s: the bits of the plain form', (_name, create) => {
    const engine = create();
    fc.assert(
      fc.property(rows, elements, seed, kind, (B, A, from, kind_) => {
        const expected = squashed(plain, B, A, from, kind_);
        const actual = squashed(engine, B, A, from, kind_);
        const names = ['actions', 'back', 'logSlopes'] as const;
        expect(names.map((name) => difference(actual[name], expected[name]))).toEqual(NONE.slice(3));
      }),
    );
  });

  test('in plain form it is the paper form, and leads back, with its slope', () => {
    fc.assert(
      fc.property(rows, elements, seed, (B, A, from) => {
        const { bounds, u, actions, back, logSlopes } = squashed(plain, B, A, from, 'plain');
        for (let b = 0; b < B; b++) {
          let sum = 0;
          let tolerance = 1e-5;
          for (let j = 0; j < A; j++) {
            const k = b * A + j;
            const [low, high, lowest, highest] = [0, 1, 2, 3].map((row) => bounds[row * A + j]);
            const half = (high - low) / 2;
            const exact = low + half * (Math.tanh(u[k]) + 1);
            const held = Math.min(Math.max(exact, lowest), highest);
            // What the numbers of an action's size can tell.
            const grain = 2 ** -22 * (Math.abs(low) + 2 * half);
            expect(Math.abs(actions[k] - held)).toBeLessThan(grain);
            const y = (actions[k] - low) / half - 1;
            const slope = half * (1 - y * y);
            expect(Math.abs(back[k] - Math.atanh(y))).toBeLessThan(1e-5 + grain / slope);
            sum += Math.log(slope);
            tolerance += grain / slope;
          }
          expect(Math.abs(logSlopes[b] - sum)).toBeLessThan(tolerance);
        }
      }),
    );
  });

  test('actions stay within their range, and what is no number stays so', () => {
    const bounds = place(plain, [-1, 3, -0.75, 2.5]);
    const actions = place(plain, [-50, 50, Number.NaN, Infinity]);
    plain.squash(actions, bounds, actions, 4, 1);
    expect([...actions]).toEqual([-0.75, 2.5, Number.NaN, 2.5]);
    const u = plain.f32(4);
    plain.unsquash(place(plain, [-1, 3, Number.NaN, 1]), bounds, u, plain.f32(4), 4, 1);
    expect(u[0]).toBeCloseTo(Math.atanh(-0.875), 6);
    expect(u[1]).toBeCloseTo(Math.atanh(0.75), 6);
    expect([...u.subarray(2)]).toEqual([Number.NaN, 0]);
  });
});
