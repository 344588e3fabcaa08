import { describe, expect, test } from 'vitest';
import {
  createNativeKernels,
  createPlainKernels,
  createWasmKernels,
  type F32,
  type Kernels,
} from '../../../src/kernels/index.js';
import { LayeredChain } from '../../../src/kernels/layered-chain.js';
import { CLAUSES } from './clauses.js';

const ENGINES: Readonly<Record<string, () => Kernels>> = {
  plain: createPlainKernels,
  wasm: () => createWasmKernels({ initialBytes: 65_536 }),
  native: () => createNativeKernels({ initialBytes: 65_536, always: true }),
};

/** Engines with one fault each, which the clauses must find. */
const BROKEN: Readonly<Record<string, (kernels: Kernels) => Partial<Kernels>>> = {
  'hands out memory as it was left': (kernels) => ({
    i32: (length) => {
      const array = kernels.i32(length);
      array[0] = 7;
      return array;
    },
  }),
  'gives copies for views': (kernels) => ({
    view: (array, offset, length) => {
      const copy = kernels.f32(length);
      copy.set(array.subarray(offset, offset + length));
      return copy;
    },
  }),
  'frees anything': () => ({ free: () => {} }),
  'keeps what the unmade took': () => ({ allOrNothing: (make) => make() }),
  'takes back what was made': (kernels) => ({
    allOrNothing: (make) => {
      const made = kernels.allOrNothing(make);
      if (made !== undefined) kernels.free(made as unknown as F32);
      return made;
    },
  }),
  'takes any length': (kernels) => ({ f32: (length) => kernels.f32(length >= 0 ? Math.floor(length) : 0) }),
  'overwrites the gradients instead of adding to them': (kernels) => ({
    denseBackward: (input, weights, output, dOutput, dInput, dWeights, dBias, B, I, O, activation) => {
      dWeights.fill(0);
      dBias.fill(0);
      kernels.denseBackward(input, weights, output, dOutput, dInput, dWeights, dBias, B, I, O, activation);
    },
  }),
  'chains layers without the gradient of the first input': (kernels) => ({
    denseChain: (layers, maxRows) => {
      const chain = kernels.denseChain(layers, maxRows);
      return {
        forward: (parameters, input, B) => chain.forward(parameters, input, B),
        backward: (parameters, input, d, gradients, B) => chain.backward(parameters, input, d, gradients, B, null),
        dispose: () => chain.dispose(),
      };
    },
  }),
  'chains layers that do not join': (kernels) => ({
    denseChain: (layers, maxRows) => new LayeredChain(kernels, layers, maxRows),
  }),
  'writes whole vectors': (kernels) => ({
    denseForward: (input, weights, bias, output, B, I, O, activation) => {
      kernels.denseForward(input, weights, bias, output, B, I, O, activation);
      new Float32Array(output.buffer, output.byteOffset, B * O + 1)[B * O] = 0;
    },
  }),
  'hides NaN in relu': (kernels) => ({
    denseForward: (input, weights, bias, output, B, I, O, activation) => {
      kernels.denseForward(input, weights, bias, output, B, I, O, activation);
      if (activation === 'relu') for (let j = 0; j < B * O; j++) output[j] = output[j] > 0 ? output[j] : 0;
    },
  }),
  'gathers rows from the first on': () => ({
    gatherRows: (input, _rows, output, R, width) => output.set(input.subarray(0, R * width)),
  }),
  'forgets the decisions before': (kernels) => ({
    categoricalEvaluate: (logits, actions, logProbs, entropies, B, rows) => {
      if (rows.decision > 0) logProbs?.fill(0, 0, B);
      kernels.categoricalEvaluate(logits, actions, logProbs, entropies, B, rows);
    },
  }),
  'gives the norm after clipping': (kernels) => ({
    clipGlobalNorm: (gradients, n, maxNorm) => Math.min(maxNorm, kernels.clipGlobalNorm(gradients, n, maxNorm)),
  }),
};

function withFault(kernels: Kernels, fault: Partial<Kernels>): Kernels {
  return new Proxy(kernels, {
    get(target, name) {
      const value: unknown = Reflect.get(name in fault ? fault : target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe.each(Object.entries(ENGINES))('engine %s', (_name, create) => {
  test.each(CLAUSES)('$name', ({ check }) => {
    check(create());
  });

  test.each(Object.entries(BROKEN))('the clauses find one that %s', (_fault, breakIt) => {
    const failed = CLAUSES.filter(({ check }) => {
      const kernels = create();
      try {
        check(withFault(kernels, breakIt(kernels)));
        return false;
      } catch {
        return true;
      }
    });
    expect(failed).not.toEqual([]);
  });
});

test('an array of one engine is not one of another', () => {
  const [a, b] = [createWasmKernels(), createWasmKernels()];
  const array: F32 = a.f32(4);
  expect(() => b.free(array)).toThrow(expect.objectContaining({ code: 'KERNEL_ARRAY_UNKNOWN' }));
});
