import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createReplayMemory, Replay, type ReplaySpec, replayBytes } from '../../../src/experience/index.js';
import { SumTree } from '../../../src/experience/replay/sum-tree.js';

type Column = Float32Array | Uint8Array;

const spec = (change: Partial<ReplaySpec> = {}): fc.Arbitrary<ReplaySpec> =>
  fc
    .record({
      capacity: fc.integer({ min: 1, max: 33 }),
      fields: fc
        .array(
          fc.record({ dtype: fc.constantFrom('f32' as const, 'u8' as const), width: fc.integer({ min: 1, max: 5 }) }),
          { minLength: 1, maxLength: 4 },
        )
        .map((fields) => fields.map((field, i) => ({ ...field, name: `field ${i}` }))),
      prioritized: fc.boolean(),
    })
    .map((drawn) => ({ ...drawn, ...change }));

const open = (of: ReplaySpec): Replay => new Replay(of, createReplayMemory(of));

/** Rows that tell which transition they belong to. */
function columnsOf({ fields }: ReplaySpec, first: number, count: number): Column[] {
  return fields.map(({ dtype, width }, i) => {
    const values = Array.from({ length: count * width }, (_, k) => (7 * (first * width + k) + i) % 251);
    return dtype === 'f32' ? Float32Array.from(values) : Uint8Array.from(values);
  });
}

/** All rows of all fields, as the replay holds them. */
const rowsOf = (replay: Replay): number[][][] =>
  replay.spec.fields.map(({ name, width }) =>
    Array.from({ length: replay.size }, (_, r) => [...replay.field(name).slice(r * width, (r + 1) * width)]),
  );

const stream = (index: number): RandomStream => new RandomStream(1, 'replay', index);

describe('the ring', () => {
  it('holds the last transitions, each where it would lie had they come one by one', () => {
    fc.assert(
      fc.property(spec(), fc.array(fc.nat(70), { maxLength: 6 }), (of, counts) => {
        const replay = open(of);
        const expected: number[][][] = of.fields.map(() => []);
        let inserted = 0;
        for (const count of counts) {
          const columns = columnsOf(of, inserted, count);
          replay.insert(columns, count);
          for (let r = 0; r < count; r++, inserted++) {
            for (const [i, { width }] of of.fields.entries()) {
              expected[i]![inserted % of.capacity] = [...columns[i]!.slice(r * width, (r + 1) * width)];
            }
          }
        }
        expect(replay.size).toBe(Math.min(inserted, of.capacity));
        expect(rowsOf(replay)).toEqual(expected);
      }),
    );
  });

  it('gathers rows in the order asked for, and nothing past them', () => {
    fc.assert(
      fc.property(
        spec(),
        fc.integer({ min: 1, max: 40 }),
        fc.array(fc.nat(999), { maxLength: 9 }),
        (of, count, drawn) => {
          const replay = open(of);
          replay.insert(columnsOf(of, 0, count), count);
          const indices = Int32Array.from(drawn, (value) => value % replay.size);
          for (const [i, { name, width }] of of.fields.entries()) {
            const target = new Float32Array((indices.length + 1) * width).fill(-1);
            replay.gather(name, indices, indices.length, target);
            const rows = rowsOf(replay)[i]!;
            expect([...target]).toEqual([...indices].flatMap((r) => rows[r]!).concat(new Array(width).fill(-1)));
          }
        },
      ),
    );
  });

  it('lies in as many bytes as it says, parts without overlap', () => {
    fc.assert(
      fc.property(spec(), (of) => {
        const memory = createReplayMemory(of);
        expect(memory.byteLength).toBe(replayBytes(of));
        const replay = new Replay(of, memory);
        const count = 3 * of.capacity;
        replay.insert(columnsOf(of, 0, count), count);
        const held = rowsOf(replay);
        if (of.prioritized) {
          const indices = Int32Array.from({ length: of.capacity }, (_, r) => r);
          replay.setPriorities(indices, new Float32Array(of.capacity).fill(3e38), of.capacity, 1);
        }
        expect(rowsOf(replay)).toEqual(held);
      }),
    );
  });
});

/** A replay of `capacity` transitions that hold their own place, full, with these weights. */
function weighted(weights: readonly number[], capacity = weights.length): Replay {
  const replay = open({ capacity, fields: [{ name: 'place', dtype: 'f32', width: 1 }], prioritized: true });
  replay.insert([Float32Array.from(weights.keys())], weights.length);
  replay.setPriorities(Int32Array.from(weights.keys()), Float32Array.from(weights), weights.length, 1);
  return replay;
}

/** The first place whose running sum of weights passes the target. */
function findNaively(weights: readonly number[], target: number): number {
  let sum = 0;
  for (const [place, weight] of weights.entries()) {
    sum += weight;
    if (sum > target) return place;
  }
  throw new Error(`${target} is beyond ${sum}`);
}

const wholeWeights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 70 });

describe('drawing by priority', () => {
  it('finds the place of every whole target, up to the edges between places', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 }), (weights) => {
        const tree = new SumTree(new Float64Array(64));
        tree.load(Float64Array.from(weights));
        for (let target = 0; target < tree.total; target++) {
          expect(tree.find(target)).toBe(findNaively(weights, target));
        }
      }),
    );
  });

  it('takes the transition that running sums of the weights would, exactly', () => {
    fc.assert(
      fc.property(wholeWeights, fc.integer({ min: 1, max: 50 }), fc.nat(1000), (weights, count, seed) => {
        const replay = weighted(weights, weights.length + (seed % 3));
        const indices = new Int32Array(count);
        replay.samplePrioritized(stream(seed), 0.5, indices, new Float32Array(count), count);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const random = stream(seed);
        const expected = Array.from({ length: count }, (_, r) =>
          findNaively(weights, (r + random.uniformF64()) * (total / count)),
        );
        expect([...indices]).toEqual(expected);
      }),
    );
  });

  it('corrects by (size·P)^−β over the greatest correction drawn', () => {
    fc.assert(
      fc.property(wholeWeights, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1000), (weights, beta, seed) => {
        const count = 20;
        const replay = weighted(weights);
        const indices = new Int32Array(count);
        const corrections = new Float32Array(count);
        replay.samplePrioritized(stream(seed), beta, indices, corrections, count);
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        const raw = [...indices].map((place) => ((weights.length * weights[place]!) / total) ** -beta);
        const greatest = Math.max(...raw);
        raw.forEach((value, r) => {
          expect(corrections[r]).toBeCloseTo(value / greatest, 5);
        });
      }),
    );
  });

  it('draws each transition as often as its weight says', () => {
    const weights = [1, 2, 3, 4, 30];
    const replay = weighted(weights, 8);
    const drawn = new Array<number>(weights.length).fill(0);
    const [rounds, count] = [400, 50];
    const indices = new Int32Array(count);
    for (let round = 0; round < rounds; round++) {
      replay.samplePrioritized(stream(round), 0, indices, new Float32Array(count), count);
      for (const place of indices) drawn[place]!++;
    }
    // One in each part of the sum varies less than draws at large would: four standard errors of those are ample.
    weights.forEach((weight, place) => {
      const p = weight / 40;
      expect(Math.abs(drawn[place]! / (rounds * count) - p)).toBeLessThan(
        4 * Math.sqrt((p * (1 - p)) / (rounds * count)),
      );
    });
  });

  it('gives priority^α, and a new transition the greatest weight so far', () => {
    const replay = weighted([1, 1, 1, 1], 5);
    replay.setPriorities(Int32Array.of(1, 2), Float32Array.of(16, 81), 2, 0.5);
    replay.setPriorities(Int32Array.of(2), Float32Array.of(4), 1, 0.5);
    replay.insert([Float32Array.of(9)], 1);
    // Weights 1, 4, 2, 1, 9 now, of 17; one of 17 draws falls to each whole number.
    const indices = new Int32Array(17);
    replay.samplePrioritized(stream(0), 1, indices, new Float32Array(17), 17);
    expect([...indices]).toEqual([0, 1, 1, 1, 1, 2, 2, 3, ...new Array(9).fill(4)]);
  });

  it('does not depend on the order in which weights came about', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), { minLength: 2, maxLength: 40 }),
        fc.nat(1000),
        (weights, seed) => {
          const n = weights.length;
          const [straight, shuffled] = [weighted(weights), weighted(weights.map(() => 1))];
          const order = new Int32Array(n);
          stream(seed).permutation(order, n);
          shuffled.setPriorities(
            order,
            Float32Array.from(order, (place) => weights[place]!),
            n,
            1,
          );
          const draw = (replay: Replay): number[] => {
            const indices = new Int32Array(64);
            replay.samplePrioritized(stream(seed), 0, indices, new Float32Array(64), 64);
            return [...indices];
          };
          expect(draw(shuffled)).toEqual(draw(straight));
        },
      ),
    );
  });

  it.each([0, -1, Number.NaN, Infinity])('refuses the priority %d', (priority) => {
    const replay = weighted([1, 1]);
    expect(() => replay.setPriorities(Int32Array.of(1), Float32Array.of(priority), 1, 0.6)).toThrow(/transition 1 is/);
  });
});

describe('drawing evenly', () => {
  it('draws each transition as often as any other, and only those held', () => {
    const replay = open({ capacity: 9, fields: [{ name: 'x', dtype: 'u8', width: 1 }], prioritized: false });
    replay.insert([new Uint8Array(5)], 5);
    const count = 20_000;
    const indices = new Int32Array(count);
    replay.sampleUniform(stream(3), indices, count);
    for (let place = 0; place < 5; place++) {
      const share = indices.filter((drawn) => drawn === place).length / count;
      expect(Math.abs(share - 0.2)).toBeLessThan(4 * Math.sqrt(0.16 / count));
    }
    expect(indices.every((place) => place >= 0 && place < 5)).toBe(true);
  });
});

describe('packing', () => {
  const grown = fc.record({ of: spec(), counts: fc.array(fc.nat(40), { maxLength: 4 }), seed: fc.nat(1000) });

  /** A replay with a history, and what it would draw next. */
  const build = ({ of, counts, seed }: { of: ReplaySpec; counts: readonly number[]; seed: number }): Replay => {
    const replay = open(of);
    for (const [round, count] of counts.entries()) {
      replay.insert(columnsOf(of, 40 * round, count), count);
      if (!of.prioritized || replay.size === 0) continue;
      const indices = new Int32Array(3);
      replay.sampleUniform(stream(seed), indices, 3);
      replay.setPriorities(indices, Float32Array.of(0.3, 7, 1e-3), 3, 0.6);
    }
    return replay;
  };

  const goOn = (replay: Replay, seed: number): unknown => {
    const { spec: of } = replay;
    replay.insert(columnsOf(of, 500, 3), 3);
    const indices = new Int32Array(16);
    const corrections = new Float32Array(16);
    if (of.prioritized) replay.samplePrioritized(stream(seed), 0.4, indices, corrections, 16);
    else replay.sampleUniform(stream(seed), indices, 16);
    return { rows: rowsOf(replay), indices: [...indices], corrections: [...corrections] };
  };

  it('and unpacking gives a replay that goes on as the first would', () => {
    fc.assert(
      fc.property(grown, (history) => {
        const first = build(history);
        const packed = first.pack();
        const second = build({ ...history, counts: [11] });
        second.unpack(packed);
        expect(second.pack()).toEqual(packed);
        expect(goOn(second, history.seed)).toEqual(goOn(first, history.seed));
      }),
    );
  });

  it('takes only what is held', () => {
    const of: ReplaySpec = { capacity: 1000, fields: [{ name: 'x', dtype: 'f32', width: 2 }], prioritized: true };
    const replay = open(of);
    replay.insert([new Float32Array(6)], 3);
    expect(replay.pack().byteLength).toBe(64 + 3 * (8 + 8));
  });

  it('refuses bytes that are not those of such a replay, and stays as it was', () => {
    fc.assert(
      fc.property(grown, fc.nat(), fc.constantFrom('cut', 'more', 'header'), (history, place, harm) => {
        const replay = build(history);
        const before = replay.pack();
        const bytes =
          harm === 'cut'
            ? before.slice(0, place % before.length)
            : harm === 'more'
              ? new Uint8Array([...before, 0])
              : before.with((place % 5) * 8 + 6, before[(place % 5) * 8 + 6]! ^ 0xff);
        expect(() => replay.unpack(bytes)).toThrow(expect.objectContaining({ code: 'REPLAY_CORRUPT' }));
        expect(replay.pack()).toEqual(before);
      }),
    );
  });

  it('refuses weights that nothing could have', () => {
    const replay = weighted([1, 2]);
    const bytes = replay.pack();
    new Float64Array(bytes.buffer, 64 + 8, 2)[1] = Number.NaN;
    expect(() => replay.unpack(bytes)).toThrow('weight 1 is NaN');
  });
});

describe('misuse', () => {
  const of: ReplaySpec = { capacity: 4, fields: [{ name: 'x', dtype: 'f32', width: 1 }], prioritized: false };

  it.each([
    {
      what: 'drawing from nothing',
      act: () => open(of).sampleUniform(stream(0), new Int32Array(1), 1),
      code: 'REPLAY_EMPTY',
    },
    {
      what: 'drawing from nothing by priority',
      act: () =>
        open({ ...of, prioritized: true }).samplePrioritized(stream(0), 1, new Int32Array(1), new Float32Array(1), 1),
      code: 'REPLAY_EMPTY',
    },
    { what: 'an unknown field', act: () => open(of).field('y'), code: 'REPLAY_FIELD_UNKNOWN' },
    {
      what: 'priorities that it has not',
      act: () => open(of).setPriorities(Int32Array.of(0), Float32Array.of(1), 1, 1),
      code: 'REPLAY_FIELD_UNKNOWN',
    },
    {
      what: 'memory of nothing',
      act: () => new Replay(of, new SharedArrayBuffer(replayBytes(of))),
      code: 'REPLAY_CORRUPT',
    },
    {
      what: 'memory of a smaller one',
      act: () => new Replay({ ...of, capacity: 4000 }, createReplayMemory(of)),
      code: 'REPLAY_CORRUPT',
    },
  ])('$what is told apart', ({ act, code }) => {
    expect(act).toThrow(expect.objectContaining({ code }));
  });
});
