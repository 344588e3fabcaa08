import { ACTIVATIONS, type F32, type Kernels } from '../../../src/kernels/index.js';
import { LayeredChain } from '../../../src/kernels/layered-chain.js';
import { difference, numbers, place, values } from '../../property/kernels/arrays.js';

/** What every engine must do besides computing: memory, tails, accumulation. A clause throws when it is not held. */
export interface Clause {
  readonly name: string;
  check(kernels: Kernels): void;
}

function demand(condition: boolean, complaint: string): void {
  if (!condition) throw new Error(complaint);
}

function demandSame(actual: Float32Array, expected: Float32Array, what: string): void {
  const found = difference(actual, expected);
  demand(found === null, `${what}: ${found}`);
}

function demandCode(code: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    demand((error as { code?: string }).code === code, `expected ${code}, got ${String(error)}`);
    return;
  }
  throw new Error(`expected ${code}, but nothing was thrown`);
}

const GUARD = 12345.5;

/** Arrays that lie inside larger ones, so that a write outside them shows. */
class Fenced {
  readonly #kernels: Kernels;
  readonly #wholes: F32[] = [];

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  place(from: Float32Array): F32 {
    const whole = this.#kernels.f32(from.length + 16).fill(GUARD) as F32;
    this.#wholes.push(whole);
    const inner = this.#kernels.view(whole, 8, from.length);
    inner.set(from);
    return inner;
  }

  check(): void {
    for (const whole of this.#wholes) {
      const n = whole.length;
      const intact = [...whole.subarray(0, 8), ...whole.subarray(n - 8)].every((value) => value === GUARD);
      demand(intact, `a kernel wrote outside an array of ${n - 16} elements`);
      this.#kernels.free(whole);
    }
  }
}

const SHAPES = [
  [1, 1, 1],
  [1, 5, 9],
  [2, 3, 2],
  [5, 7, 3],
  [6, 1, 64],
  [7, 33, 4],
  [9, 9, 17],
  [130, 8, 12],
] as const;

function dense(kernels: Kernels, rowsPerCall: number, B: number, I: number, O: number, fence: Fenced): Float32Array[] {
  const next = numbers(7 * B + I + O);
  const input = fence.place(values(next, B * I));
  const weights = fence.place(values(next, I * O));
  const bias = fence.place(values(next, O));
  const output = fence.place(values(next, B * O));
  const dOutput = fence.place(values(next, B * O));
  const dInput = fence.place(values(next, B * I));
  const dWeights = fence.place(values(next, I * O));
  const dBias = fence.place(values(next, O));
  for (let b = 0; b < B; b += rowsPerCall) {
    const rows = Math.min(rowsPerCall, B - b);
    const part = (array: F32, width: number): F32 => kernels.view(array, b * width, rows * width);
    const [x, y, dX, dY] = [part(input, I), part(output, O), part(dInput, I), part(dOutput, O)];
    kernels.denseForward(x, weights, bias, y, rows, I, O, 'tanh');
    kernels.denseBackward(x, weights, y, dY, dX, dWeights, dBias, rows, I, O, 'tanh');
  }
  return [output, dOutput, dInput, dWeights, dBias].map((array) => Float32Array.from(array));
}

/** Two passes over layers that feed one another, the rows in two calls: as a chain, or layer by layer. */
function chained(
  kernels: Kernels,
  widths: readonly number[],
  B: number,
  asChain: boolean,
  fence: Fenced,
): Float32Array[] {
  const next = numbers(31 * B + widths.length);
  let at = 0;
  const layers = widths.slice(1).map((outputs, l) => {
    const inputs = widths[l]!;
    const weightsAt = at;
    at += (inputs + 1) * outputs;
    const output = fence.place(new Float32Array(B * outputs));
    return { inputs, outputs, activation: 'tanh' as const, weightsAt, biasAt: at - outputs, output };
  });
  const [first, last] = [widths[0]!, widths.at(-1)!];
  const parameters = fence.place(values(next, at));
  const gradients = fence.place(values(next, at));
  const [input, dInput] = [fence.place(values(next, B * first)), fence.place(values(next, B * first))];
  const dOutput = fence.place(values(next, B * last));
  const chain = asChain ? kernels.denseChain(layers, B) : new LayeredChain(kernels, layers, B);
  const half = Math.ceil(B / 2);
  for (const [row, rows] of [
    [0, half],
    [half, B - half],
  ] as const) {
    const part = (array: F32, width: number): F32 => kernels.view(array, row * width, rows * width);
    chain.forward(parameters, part(input, first), rows);
    chain.backward(parameters, part(input, first), part(dOutput, last), gradients, rows, part(dInput, first));
  }
  chain.dispose();
  return [gradients, dInput, dOutput, ...layers.map(({ output }) => output)].map((array) => Float32Array.from(array));
}

export const CLAUSES: readonly Clause[] = [
  {
    name: 'a chain of layers has the bits of its layers, and writes inside its arrays only',
    check(kernels) {
      const before = kernels.allocatedBytes;
      for (const [widths, B] of [
        [[1, 64, 64, 1], 270],
        [[3, 5, 2, 9, 4], 37],
        [[2, 33, 3], 7],
        [[4, 6], 5],
      ] as const) {
        const fence = new Fenced(kernels);
        const layered = chained(kernels, widths, B, false, fence);
        chained(kernels, widths, B, true, fence).forEach((array, j) => {
          demandSame(array, layered[j]!, `array ${j} of ${widths.join(' → ')}`);
        });
        fence.check();
      }
      // The scratch of kernels that have one is not counted.
      demand(kernels.allocatedBytes === before, 'a chain keeps what it took');
    },
  },
  {
    name: 'arrays are zeroed, also when their memory was used before, and aligned to 64 bytes',
    check(kernels) {
      const first = kernels.f32(100);
      demand(first.length === 100 && first.every((value) => value === 0), 'a new array is not zero');
      demand(first.byteOffset % 64 === 0, 'a new array is not aligned');
      first.fill(7);
      kernels.free(first);
      const second = kernels.i32(90);
      demand(second.length === 90 && second.every((value) => value === 0), 'a reused array is not zero');
      kernels.free(second);
    },
  },
  {
    name: 'views share memory, and stay valid while memory grows',
    check(kernels) {
      const array = kernels.f32(10);
      const view = kernels.view(array, 4, 3);
      const large = [kernels.f32(1 << 19), kernels.f32(1 << 19)];
      array[5] = 3;
      demand(view.length === 3 && view[1] === 3, 'a view does not share its memory');
      const [to] = large;
      kernels.elementwise('tanh', array, to, 10);
      demand(to[5] !== 0, 'a kernel does not see what was written through an array older than the last growth');
      view[0] = 0.5;
      demand(array[4] === 0.5, 'an array does not see what was written through its view');
      for (const each of [array, ...large]) kernels.free(each);
    },
  },
  {
    name: 'what is freed is counted, can be used again, and cannot be freed twice',
    check(kernels) {
      const before = kernels.allocatedBytes;
      const array = kernels.f32(1000);
      demand(kernels.allocatedBytes - before === 4032, 'allocatedBytes does not count whole lines of 64');
      demandCode('KERNEL_ARRAY_UNKNOWN', () => kernels.free(kernels.view(array, 0, 1000)));
      kernels.free(array);
      demand(kernels.allocatedBytes === before, 'allocatedBytes does not fall');
      demandCode('KERNEL_ARRAY_UNKNOWN', () => kernels.free(array));
      demandCode('KERNEL_ARRAY_UNKNOWN', () => kernels.free(new Float32Array(4) as unknown as F32));
    },
  },
  {
    name: 'what cannot be made whole gives back what it took, once, and nothing else',
    check(kernels) {
      const kept = kernels.f32(20);
      const before = kernels.allocatedBytes;
      const outer = (fails: boolean): F32 =>
        kernels.allOrNothing(() => {
          const first = kernels.f32(30);
          kernels.free(kernels.i32(40));
          // In the place of the one that was just freed.
          const inner = kernels.allOrNothing(() => kernels.f32(40));
          demandCode('KERNEL_MEMORY_EXHAUSTED', () =>
            kernels.allOrNothing(() => void [kernels.i32(50), kernels.f32(2 ** 50)]),
          );
          demand(
            kernels.allocatedBytes - before === 128 + 192,
            'an inner making that failed keeps an array, or takes one',
          );
          if (fails) kernels.f32(2 ** 50);
          kernels.free(first);
          return inner;
        });
      demandCode('KERNEL_MEMORY_EXHAUSTED', () => outer(true));
      demand(kernels.allocatedBytes === before, 'what could not be made keeps an array');
      const whole = outer(false);
      demand(whole.length === 40 && kernels.allocatedBytes - before === 192, 'what was made does not have its arrays');
      for (const array of [whole, kept]) kernels.free(array);
    },
  },
  {
    name: 'impossible lengths and views are refused',
    check(kernels) {
      for (const length of [-1, 1.5, Number.NaN]) demandCode('KERNEL_SHAPE_MISMATCH', () => void kernels.f32(length));
      demandCode('KERNEL_SHAPE_MISMATCH', () => void kernels.i32(-4));
      demandCode('KERNEL_MEMORY_EXHAUSTED', () => void kernels.f32(2 ** 50));
      const array = kernels.f32(8);
      demandCode('KERNEL_SHAPE_MISMATCH', () => void kernels.view(array, 6, 3));
      demandCode('KERNEL_SHAPE_MISMATCH', () => void kernels.view(array, -1, 3));
      const layer = (inputs: number) => ({
        ...{ inputs, outputs: 4, activation: 'none' as const },
        ...{ weightsAt: 0, biasAt: 4 * inputs, output: array },
      });
      demandCode('KERNEL_SHAPE_MISMATCH', () => void kernels.denseChain([], 2));
      demandCode('KERNEL_SHAPE_MISMATCH', () => void kernels.denseChain([layer(3), layer(5)], 2));
      demandCode('KERNEL_SHAPE_MISMATCH', () => void kernels.denseChain([layer(3)], 3));
      kernels.denseChain([layer(3), layer(4)], 2).dispose();
      kernels.free(array);
    },
  },
  {
    name: 'dense layers write inside their arrays only, whatever the shape',
    check(kernels) {
      for (const [B, I, O] of SHAPES) {
        const fence = new Fenced(kernels);
        dense(kernels, B, B, I, O, fence);
        fence.check();
      }
    },
  },
  {
    name: 'the rows of a batch may come in any number of calls: the same bits',
    check(kernels) {
      for (const [B, I, O] of SHAPES) {
        const fence = new Fenced(kernels);
        const whole = dense(kernels, B, B, I, O, fence);
        for (const rows of [1, 3, 8]) {
          dense(kernels, rows, B, I, O, fence).forEach((part, j) => {
            demandSame(part, whole[j], `array ${j} of ${[B, I, O].join('×')} in calls of ${rows} rows`);
          });
        }
        fence.check();
      }
    },
  },
  {
    name: 'activations treat zero, negative zero and NaN as documented',
    check(kernels) {
      const fence = new Fenced(kernels);
      const x = [0, -0, -1, 2, Number.NaN, -Infinity, Infinity];
      for (const activation of ACTIVATIONS) {
        const input = fence.place(Float32Array.from(x));
        const one = fence.place(Float32Array.of(1));
        const zero = fence.place(Float32Array.of(-0));
        const output = fence.place(new Float32Array(x.length));
        kernels.denseForward(input, one, zero, output, x.length, 1, 1, activation);
        const relu = [0, 0, 0, 2, Number.NaN, 0, Infinity];
        if (activation === 'relu') demandSame(output, Float32Array.from(relu), 'relu');
        if (activation === 'none') demandSame(output, Float32Array.from(x), 'none');
        if (activation === 'tanh') demand(output[5] === -1 && output[6] === 1, 'tanh does not saturate at ±1');
        demand(Number.isNaN(output[4]), `${activation} hides NaN`);
      }
      fence.check();
    },
  },
  {
    name: 'optimizers, estimators, objectives, gathers and elementwise functions write inside their arrays only',
    check(kernels) {
      for (const n of [1, 2, 3, 5, 8, 11, 18]) {
        const fence = new Fenced(kernels);
        const next = numbers(n);
        const array = (): F32 => fence.place(values(next, n).map(Math.abs));
        const decay = { weightDecay: 0.1, learningRate: 0.1 };
        const moments = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, step: 3 };
        kernels.adam(array(), array(), array(), array(), n, { ...decay, ...moments, decayMode: 'decoupled' });
        kernels.sgd(array(), array(), array(), n, { ...decay, momentum: 0.5 });
        kernels.clipGlobalNorm(array(), n, 0.1);
        for (const f of ['exp', 'log', 'sin', 'cos', 'tanh', 'sigmoid', 'softplus'] as const) {
          kernels.elementwise(f, array(), array(), n);
        }
        const clips = { rhoBar: 1, cBar: 1, pgRhoBar: 1 };
        kernels.vtrace(array(), array(), array(), array(), array(), array(), array(), array(), 1, n, clips);
        kernels.gae(array(), array(), array(), array(), array(), array(), 1, n);
        kernels.discountedReturns(array(), array(), array(), array(), 1, n);
        const position = { key0: 1, key1: 2, high0: 3, high1: 4, block: 5 };
        kernels.fillUniform(position, array(), n);
        kernels.fillNormal(position, array(), n);
        kernels.gaussianSample(array(), array(), array(), array(), array(), n, 1);
        kernels.gaussianBackward(array(), array(), array(), array(), array(), array(), array(), n, 1);
        kernels.gaussianLogProb(array(), array(), array(), array(), 1, n);
        const scales = { advantageMean: 0, advantageScale: 1, lossScale: 1, valueScale: 1 };
        const judged = [array(), array(), array()] as const;
        const read = [array(), array(), array(), array()] as const;
        const written = [array(), array(), fence.place(new Float32Array(4))] as const;
        const samples = kernels.i32(n);
        const terms = { ...scales, clip: 0.2, valueClip: 0.2 };
        kernels.clippedObjective(...judged, samples, ...read, ...written, n, terms);
        const weighing = { ...scales, ratioBound: 1 };
        const [policy, behavior, value] = judged;
        const two = fence.place(new Float32Array(2));
        kernels.weightedObjective(policy, behavior, value, samples, ...read, array(), two, n, weighing);
        const choice = { first: 0, count: 1, rowLength: 1, decision: 0, decisions: 1 };
        const wide = { first: 0, count: n, rowLength: n, decision: 0, decisions: 1 };
        kernels.categoricalSample(array(), array(), array(), array(), n, choice);
        kernels.categoricalEvaluate(array(), array(), array(), array(), n, choice);
        kernels.categoricalBackward(array(), array(), array(), array(), array(), n, choice);
        const single = (): F32 => fence.place(values(next, 1));
        kernels.categoricalSample(array(), single(), single(), single(), 1, wide);
        kernels.categoricalEvaluate(array(), single(), single(), single(), 1, wide);
        kernels.categoricalBackward(array(), single(), single(), single(), array(), 1, wide);
        const bounds = fence.place(Float32Array.of(-1, 1, -0.5, 0.5));
        kernels.squash(array(), bounds, array(), n, 1);
        kernels.unsquash(array(), bounds, array(), array(), n, 1);
        const rows = kernels.i32(2);
        rows.set([1, 0]);
        kernels.gatherRows(fence.place(values(next, 2 * n)), rows, fence.place(values(next, 2 * n)), 2, n);
        fence.check();
      }
    },
  },
  {
    name: 'what the decisions of a row have adds up: the first begins anew',
    check(kernels) {
      const [logits, actions, logProbs, entropies] = [4, 2, 1, 1].map((n) => kernels.f32(n)) as [F32, F32, F32, F32];
      logProbs.fill(9);
      entropies.fill(9);
      for (const decision of [0, 1]) {
        const rows = { first: 2 * decision, count: 2, rowLength: 4, decision, decisions: 2 };
        kernels.categoricalEvaluate(logits, actions, logProbs, entropies, 1, rows);
      }
      demand(Math.abs(logProbs[0]! + Math.log(4)) < 1e-6, 'two even choices of two are not a quarter likely');
      demand(Math.abs(entropies[0]! - Math.log(4)) < 1e-6, 'two even choices of two have not the entropy log 4');
      for (const array of [logits, actions, logProbs, entropies]) kernels.free(array);
    },
  },
  {
    name: 'gathering takes rows in the order given, also twice',
    check(kernels) {
      for (const width of [1, 2, 3, 4, 7, 8]) {
        const input = place(kernels, values(numbers(width), 5 * width));
        const rows = kernels.i32(6);
        rows.set([4, 0, 2, 2, 1, 3]);
        const output = kernels.f32(6 * width);
        kernels.gatherRows(input, rows, output, 6, width);
        const expected = [...rows].flatMap((row) => [...input.subarray(row * width, (row + 1) * width)]);
        demandSame(output, Float32Array.from(expected), `rows of ${width}`);
        for (const array of [input, rows, output]) kernels.free(array);
      }
    },
  },
  {
    name: 'clipping scales to the bound, and Infinity only measures',
    check(kernels) {
      const gradients = place(kernels, [3, 0, 0, 0, 0, 0, 0, 0, 4]);
      demand(kernels.clipGlobalNorm(gradients, 9, Infinity) === 5, 'the norm of (3, 4) is not 5');
      demand(gradients[8] === 4, 'measuring changed the gradients');
      demand(kernels.clipGlobalNorm(gradients, 9, 1) === 5, 'the norm given back is not the one before clipping');
      demand(Math.abs(kernels.clipGlobalNorm(gradients, 9, Infinity) - 1) < 1e-6, 'the norm is not clipped');
      kernels.free(gradients);
    },
  },
];
