import { describe, expect, test } from 'vitest';
import { ACTIVATIONS, createWasmKernels, type F32, type I32, type Kernels } from '../../../src/kernels/index.js';
import { numbers, values } from '../../property/kernels/arrays.js';

/** Reading or writing beyond the end of a WebAssembly memory traps. So each argument in turn is put where the memory ends. */
class Stage {
  readonly kernels: Kernels;
  readonly #pool: F32;
  readonly #last: F32;
  #used = 0;
  #argument = 0;
  atEnd = 0;

  constructor() {
    const bytes = 64 * 65_536;
    this.kernels = createWasmKernels({ initialBytes: bytes, maximumBytes: bytes });
    // The scratch of the largest layer below is taken first, so that it does not have to fit afterwards.
    const [x, y, w] = [this.kernels.f32(128), this.kernels.f32(128), this.kernels.f32(128 * 128)];
    this.kernels.denseForward(x, w, y, y, 1, 128, 128, 'none');
    this.#pool = this.kernels.f32(1 << 18);
    const probe = this.kernels.f32(1);
    const rest = (bytes - probe.byteOffset) / 4;
    this.kernels.free(probe);
    this.#last = this.kernels.f32(rest);
    expect(this.#last.byteOffset + this.#last.byteLength).toBe(bytes);
  }

  /** The next argument: in the pool, or at the end of the memory when it is its turn. */
  array(from: Float32Array): F32 {
    const n = from.length;
    const isLast = this.#argument++ === this.atEnd;
    const at = isLast ? this.#last : this.#pool;
    const view = this.kernels.view(at, isLast ? at.length - n : this.#used, n);
    if (!isLast) this.#used += n;
    view.set(from);
    return view;
  }

  /** Runs `act` once for each of its arguments. */
  eachArgumentLast(act: (stage: Stage) => void): void {
    this.atEnd = 0;
    do {
      this.#argument = 0;
      this.#used = 0;
      act(this);
      this.atEnd++;
    } while (this.atEnd < this.#argument);
  }
}

describe('no kernel touches what lies behind an array', () => {
  const stage = new Stage();
  const { kernels } = stage;

  test.each([
    [1, 1, 1],
    [3, 1, 1],
    [3, 1, 2],
    [7, 2, 1],
    [5, 3, 2],
    [6, 5, 3],
    [9, 41, 1],
    [2, 7, 4],
    [5, 9, 9],
    [18, 16, 24],
    [21, 97, 101],
  ])('dense layers, %i rows, %i → %i', (B, I, O) => {
    for (const activation of ACTIVATIONS) {
      stage.eachArgumentLast(() => {
        const next = numbers(B);
        const array = (n: number): F32 => stage.array(values(next, n));
        const [input, weights, bias, output] = [array(B * I), array(I * O), array(O), array(B * O)];
        const [dOutput, dInput, dWeights, dBias] = [array(B * O), array(B * I), array(I * O), array(O)];
        kernels.denseForward(input, weights, bias, output, B, I, O, activation);
        kernels.denseBackward(input, weights, output, dOutput, dInput, dWeights, dBias, B, I, O, activation);
      });
    }
  });

  test.each([1, 2, 3, 4, 5, 7, 9, 14])('optimizers, estimators, gathers, functions and fills of %i', (n) => {
    const decay = { weightDecay: 0.1, learningRate: 0.1 };
    const moments = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, step: 3 };
    const clips = { rhoBar: 1, cBar: 1, pgRhoBar: 1 };
    const position = { key0: 1, key1: 2, high0: 3, high1: 4, block: 5 };
    const a = (): F32 => stage.array(values(numbers(n), n));
    const acts: readonly (() => void)[] = [
      () => kernels.adam(a(), a(), a(), a(), n, { ...decay, ...moments, decayMode: 'coupled' }),
      () => kernels.sgd(a(), a(), a(), n, { ...decay, momentum: 0.5 }),
      () => void kernels.clipGlobalNorm(a(), n, 0.1),
      () => void kernels.sum(a(), n),
      () => kernels.discountedReturns(a(), a(), a(), a(), 1, n),
      () => kernels.gae(a(), a(), a(), a(), a(), a(), n, 1),
      () => kernels.gae(a(), a(), a(), a(), a(), a(), 1, n),
      () => kernels.vtrace(a(), a(), a(), a(), a(), a(), a(), a(), 1, n, clips),
      () => kernels.fillUniform(position, a(), n),
      () => kernels.fillNormal(position, a(), n),
      () => {
        const words = a();
        const rows = new Int32Array(words.buffer, words.byteOffset, 1).fill(0) as unknown as I32;
        kernels.gatherRows(a(), rows, a(), 1, n);
      },
      ...(['exp', 'log', 'sin', 'cos', 'tanh', 'sigmoid', 'softplus'] as const).map(
        (f) => () => kernels.elementwise(f, a(), a(), n),
      ),
    ];
    for (const act of acts) stage.eachArgumentLast(act);
  });
});
