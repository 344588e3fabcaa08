import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MinibatchOrder } from '../../../src/algorithms/shared/minibatch-order.js';
import { RandomStream } from '../../../src/base/index.js';
import { createPlainKernels } from '../../../src/kernels/index.js';

const size = (max: number) => fc.integer({ min: 1, max });
const shape = fc.record({ segments: size(4), horizon: size(9), instances: size(7) });

describe.each(['samples', 'instances'] as const)('the order of minibatches of %s', (mode) => {
  it('visits every sample once, in parts that differ by at most one unit and are never empty', () => {
    fc.assert(
      fc.property(shape, size(80), fc.nat(1000), (sizes, wanted, seed) => {
        const order = new MinibatchOrder(createPlainKernels(), sizes, wanted, mode);
        const { segments: S, horizon: T, instances: B } = sizes;
        const unit = mode === 'instances' ? T : 1;
        expect(order.minibatches).toBe(Math.min(wanted, (S * T * B) / unit));
        order.shuffle(new RandomStream(seed, 'order'));
        const parts = Array.from({ length: order.minibatches }, (_, m) => order.start(m + 1) - order.start(m));
        expect(order.start(0)).toBe(0);
        expect(order.start(order.minibatches)).toBe(S * T * B);
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(unit);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(unit);
        for (const part of parts) expect(part % unit).toBe(0);
        const visited = [...order.indices].sort((a, b) => a - b);
        expect(visited).toEqual(Array.from({ length: S * T * B }, (_, n) => n));
      }),
    );
  });
});

it('mode instances keeps each trajectory whole: the first steps of a minibatch, ascending, then the second', () => {
  fc.assert(
    fc.property(shape, size(20), fc.nat(1000), (sizes, wanted, seed) => {
      const order = new MinibatchOrder(createPlainKernels(), sizes, wanted, 'instances');
      const { horizon: T, instances: B } = sizes;
      order.shuffle(new RandomStream(seed, 'order'));
      for (const [m, part] of order.parts.entries()) {
        expect(part.length).toBe(order.start(m + 1) - order.start(m));
        const firsts = [...part.subarray(0, part.length / T)];
        expect([...firsts].sort((a, b) => a - b)).toEqual(firsts);
        for (const first of firsts) expect(first % (T * B)).toBeLessThan(B);
        expect([...part]).toEqual(Array.from({ length: T }, (_, t) => firsts.map((first) => first + t * B)).flat());
      }
    }),
  );
});

it('each shuffle is another order, the same for the same stream', () => {
  for (const mode of ['samples', 'instances'] as const) {
    const orderOf = (seed: number, shuffles: number): number[] => {
      const order = new MinibatchOrder(createPlainKernels(), { segments: 3, horizon: 4, instances: 5 }, 3, mode);
      const random = new RandomStream(seed, 'order');
      for (let i = 0; i < shuffles; i++) order.shuffle(random);
      return [...order.indices];
    };
    expect(orderOf(1, 1)).toEqual(orderOf(1, 1));
    expect(orderOf(1, 1)).not.toEqual(orderOf(2, 1));
    expect(orderOf(1, 2)).not.toEqual(orderOf(1, 1));
  }
});
