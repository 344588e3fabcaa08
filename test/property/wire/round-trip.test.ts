import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TrajectoryShape, trajectoryLayout } from '../../../src/experience/index.js';
import {
  createTrajectoryCodec,
  decodeEvent,
  decodeHeartbeat,
  decodeShardState,
  decodeTask,
  decodeWeights,
  encodeEvent,
  encodeHeartbeat,
  encodeShardState,
  encodeTask,
  encodeWeights,
} from '../../../src/wire/index.js';
import { makeBlock } from '../../helpers/wire.js';

const int31 = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const count = fc.maxSafeNat();
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const text = (maxLength: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength });
const id = (pattern: RegExp) => fc.stringMatching(pattern);

const shapes: fc.Arbitrary<TrajectoryShape> = fc.record({
  horizon: fc.integer({ min: 1, max: 5 }),
  instances: fc.integer({ min: 1, max: 4 }),
  rewardHeads: fc.integer({ min: 1, max: 3 }),
  globalStateSize: fc.integer({ min: 0, max: 3 }),
  episodeMetrics: fc.integer({ min: 0, max: 2 }),
  agents: fc.array(
    fc.record({
      observationSize: fc.integer({ min: 0, max: 4 }),
      actionSize: fc.integer({ min: 1, max: 3 }),
      maskSize: fc.integer({ min: 0, max: 5 }),
      stateSize: fc.integer({ min: 0, max: 3 }),
      levelCount: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

const batches = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    shard: int31,
    k: int31,
    policyVersion: int31,
    rows: fc.subarray(Array.from({ length: shape.horizon * shape.instances }, (_, row) => row)),
    seed: fc.nat(),
  }),
);

/** Decodes from an address that is aligned to nothing in particular. */
const moved = (wire: Uint8Array, shift: number): Uint8Array => {
  const target = new Uint8Array(wire.length + shift).subarray(shift);
  target.set(wire);
  return target;
};

describe('what is encoded and decoded is what it was', () => {
  it('rollout tasks', () => {
    const task = fc.record({ jobId: id(/^[a-z0-9_-]{1,64}$/), shard: int31, k: count, version: count, epoch: count });
    fc.assert(
      fc.property(task, (value) => {
        expect(decodeTask(encodeTask(value))).toEqual(value);
      }),
    );
  });

  it('job events', () => {
    const event = fc.record({
      sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      at: count,
      type: text(10),
      payload: fc.json(),
    });
    fc.assert(
      fc.property(event, (value) => {
        expect(decodeEvent(encodeEvent(value))).toEqual(value);
      }),
    );
  });

  it('heartbeats', () => {
    const heartbeat = fc.record({
      actorId: id(/^[a-zA-Z0-9._:-]{1,128}$/),
      host: text(12),
      pid: uint32,
      slots: uint32,
      tasksDone: count,
      agentSteps: count,
      since: count,
    });
    fc.assert(
      fc.property(heartbeat, (value) => {
        expect(decodeHeartbeat(encodeHeartbeat(value))).toEqual(value);
      }),
    );
  });

  it('shard states', () => {
    const state = fc.record({ shard: int31, k: count, state: fc.uint8Array({ maxLength: 300 }) });
    fc.assert(
      fc.property(state, fc.nat({ max: 7 }), (value, shift) => {
        const decoded = decodeShardState(moved(encodeShardState(value), shift), value.state.length);
        expect(decoded).toEqual(value);
        expect(decoded.state.buffer).toBeInstanceOf(SharedArrayBuffer);
      }),
    );
  });

  it('weights, with the bits of every float', () => {
    const policies = fc.uniqueArray(fc.record({ policyId: text(8), parameterCount: fc.integer({ min: 1, max: 40 }) }), {
      selector: ({ policyId }) => policyId,
      maxLength: 5,
    });
    fc.assert(
      fc.property(policies, count, fc.nat(), (list, version, seed) => {
        const total = list.reduce((sum, { parameterCount }) => sum + 4 * parameterCount, 0);
        const weights = Uint8Array.from({ length: total }, (_, j) => Math.imul(j + seed, 2654435761) >>> 24);
        const decoded = decodeWeights(encodeWeights({ version, policies: list, weights }), list);
        expect(decoded).toEqual({ version, policies: list, weights });
      }),
    );
  });

  it('trajectory batches of any shape, with the bits of every float', () => {
    fc.assert(
      fc.property(batches, fc.nat({ max: 7 }), ({ shape, seed, ...options }, shift) => {
        const layout = trajectoryLayout(shape);
        const codec = createTrajectoryCodec(layout);
        const block = makeBlock(layout, { ...options, byte: (j) => Math.imul(j + seed, 2654435761) >>> 24 });
        const decoded = codec.decode(moved(codec.encode(block), shift));
        expect(Buffer.compare(decoded, block)).toBe(0);
      }),
    );
  });
});
