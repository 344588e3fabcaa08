import { describe, expect, it } from 'vitest';
import { trajectoryLayout } from '../../../src/experience/index.js';
import {
  createTrajectoryCodec,
  decodeShardState,
  decodeWeights,
  encodeEvent,
  encodeHeartbeat,
  encodeShardState,
  encodeTask,
  encodeWeights,
  MAX_EVENT_PAYLOAD_BYTES,
  MAX_MESSAGE_BYTES,
} from '../../../src/wire/index.js';
import { fullLayout, makeBlock } from '../../helpers/wire.js';

const task = { jobId: 'job', shard: 0, k: 0, version: 0, epoch: 1 };
const event = { sequence: 1, at: 0, type: 'started', payload: '{}' };
const heartbeat = { actorId: 'a', host: 'h', pid: 1, slots: 1, tasksDone: 0, agentSteps: 0, since: 0 };
const state = { shard: 0, k: 0, state: new Uint8Array(4) };
const snapshot = { version: 0, policies: [{ policyId: 'p', parameterCount: 2 }], weights: new Uint8Array(8) };
const weights = (policies: readonly { policyId: string; parameterCount: number }[], bytes = 8) => ({
  ...snapshot,
  policies,
  weights: new Uint8Array(bytes),
});

describe('a value that cannot be sent', () => {
  const INVALID: readonly [string, () => unknown, string][] = [
    ['a job id with capitals', () => encodeTask({ ...task, jobId: 'Job' }), 'job_id'],
    ['an empty job id', () => encodeTask({ ...task, jobId: '' }), 'job_id'],
    ['a shard that is NaN', () => encodeTask({ ...task, shard: Number.NaN }), 'shard'],
    ['a negative k', () => encodeTask({ ...task, k: -1 }), 'k'],
    ['a fraction', () => encodeTask({ ...task, version: 0.5 }), 'policy_version'],
    ['an epoch of 2⁵³', () => encodeTask({ ...task, epoch: 2 ** 53 }), 'epoch'],
    ['an infinite epoch', () => encodeTask({ ...task, epoch: Infinity }), 'epoch'],
    ['a shard of 2³¹', () => encodeTask({ ...task, shard: 2 ** 31 }), 'shard'],
    ['a text for a number', () => encodeTask({ ...task, k: '1' as unknown as number }), 'k'],
    ['event 0', () => encodeEvent({ ...event, sequence: 0 }), 'sequence'],
    ['a negative time', () => encodeEvent({ ...event, at: -5 }), 'at_ms'],
    ['a long payload', () => encodeEvent({ ...event, payload: 'x'.repeat(MAX_EVENT_PAYLOAD_BYTES + 1) }), 'payload'],
    ['a payload that is long in UTF-8', () => encodeEvent({ ...event, payload: 'ä'.repeat(2 ** 19 + 1) }), 'payload'],
    ['half of a surrogate pair', () => encodeEvent({ ...event, payload: 'x\ud83d' }), 'payload'],
    ['a number for a text', () => encodeEvent({ ...event, type: 7 as unknown as string }), 'type'],
    ['an actor id with a blank', () => encodeHeartbeat({ ...heartbeat, actorId: 'a b' }), 'actor_id'],
    ['no host', () => encodeHeartbeat({ ...heartbeat, host: '' }), 'host'],
    ['a pid of 2³²', () => encodeHeartbeat({ ...heartbeat, pid: 2 ** 32 }), 'pid'],
    ['a count that is NaN', () => encodeHeartbeat({ ...heartbeat, tasksDone: Number.NaN }), 'tasks_done'],
    ['a state of shard −1', () => encodeShardState({ ...state, shard: -1 }), 'shard'],
    ['weights of version −1', () => encodeWeights({ ...snapshot, version: -1 }), 'policy_version'],
    ['weights of fewer bytes', () => encodeWeights(weights([{ policyId: 'p', parameterCount: 3 }])), 'tensors'],
    ['weights of more bytes', () => encodeWeights(weights([{ policyId: 'p', parameterCount: 1 }])), 'tensors'],
    ['no policies for weights', () => encodeWeights(weights([])), 'tensors'],
    [
      'a policy without parameters',
      () => encodeWeights(weights([{ policyId: 'p', parameterCount: 0 }])),
      'tensors["p"].shape',
    ],
    ['a policy without a name', () => encodeWeights(weights([{ policyId: '', parameterCount: 2 }])), 'tensors[0].name'],
    [
      'a policy twice',
      () => encodeWeights(weights([...snapshot.policies, ...snapshot.policies], 16)),
      'tensors[1].name',
    ],
  ];

  it.each(INVALID)('%s', (_, encode, field) => {
    expect(encode).toThrow(expect.objectContaining({ code: 'WIRE_INVALID', data: expect.objectContaining({ field }) }));
  });

  it('a message larger than what Redis takes, which is not even allocated', () => {
    const huge = new Uint8Array(MAX_MESSAGE_BYTES);
    const before = process.memoryUsage().arrayBuffers;
    expect(() => encodeShardState({ ...state, state: huge })).toThrow(
      expect.objectContaining({ code: 'WIRE_TOO_LARGE' }),
    );
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });

  it('a block that is no batch of the layout', () => {
    const codec = createTrajectoryCodec(fullLayout);
    const block = makeBlock(fullLayout);
    expect(() => codec.encode(block.subarray(64))).toThrow(expect.objectContaining({ code: 'TRAJECTORY_CORRUPT' }));
    new Int32Array(block.buffer)[0]! ^= 1;
    expect(() => codec.encode(block)).toThrow(expect.objectContaining({ code: 'TRAJECTORY_CORRUPT' }));
  });
});

describe('what is sent and received again', () => {
  const codec = createTrajectoryCodec(fullLayout);
  const options = { shard: 4, k: 9, policyVersion: 8, rows: [0, 3, 5] };

  it('is the same block, from and into shared memory, in memory that is used again', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(fullLayout.totalBytes(3)));
    shared.set(makeBlock(fullLayout, options));
    const memory = new ArrayBuffer(4096);
    const target = new SharedArrayBuffer(fullLayout.totalBytes(6));
    new Uint8Array(memory).fill(0xaa);
    new Uint8Array(target).fill(0xaa);
    const wire = codec.encode(shared, memory);
    expect(wire.buffer).toBe(memory);
    expect(Buffer.compare(wire, codec.encode(shared))).toBe(0);
    const onShared = new Uint8Array(new SharedArrayBuffer(wire.length + 3)).subarray(3);
    onShared.set(wire);
    for (const received of [wire, onShared]) {
      const block = codec.decode(received, target);
      expect(block.buffer).toBe(target);
      expect(Buffer.compare(block, shared)).toBe(0);
    }
    // What lies between the tensors of a block does not travel, and nothing is left of the block before.
    const untidy = codec.encode(makeBlock(fullLayout, { ...options, padding: 0xee }));
    expect(Buffer.compare(untidy, wire)).toBe(0);
    expect(Buffer.compare(codec.decode(untidy, target), shared)).toBe(0);
    const smaller = makeBlock(fullLayout, { ...options, rows: [] });
    expect(Buffer.compare(codec.decode(codec.encode(smaller), target), smaller)).toBe(0);
  });

  it('takes new memory where the given one is too small', () => {
    const block = makeBlock(fullLayout, options);
    const wire = codec.encode(block, new ArrayBuffer(100));
    const decoded = codec.decode(wire, new SharedArrayBuffer(fullLayout.denseBytes));
    expect(decoded.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Buffer.compare(decoded, block)).toBe(0);
  });

  it('has no tensor that has no elements', () => {
    const layout = trajectoryLayout({
      horizon: 2,
      instances: 1,
      rewardHeads: 1,
      globalStateSize: 0,
      episodeMetrics: 0,
      agents: [{ observationSize: 0, actionSize: 1, maskSize: 0 }],
    });
    const block = makeBlock(layout);
    const wire = Buffer.from(createTrajectoryCodec(layout).encode(block));
    for (const name of ['global_state', 'action_mask', 'agent/0/observation', 'final/'])
      expect(wire.includes(name)).toBe(false);
    expect(Buffer.compare(createTrajectoryCodec(layout).decode(wire), block)).toBe(0);
  });

  it('is a state of no bytes too', () => {
    expect(decodeShardState(encodeShardState({ shard: 1, k: 2, state: new Uint8Array(0) }), 0).state.length).toBe(0);
  });

  it('is held against what the job says', () => {
    const received = encodeWeights(snapshot);
    expect(decodeWeights(received, snapshot.policies)).toMatchObject({ version: 0, policies: snapshot.policies });
    const others = [
      [{ policyId: 'q', parameterCount: 2 }],
      [{ policyId: 'p', parameterCount: 3 }],
      [...snapshot.policies, { policyId: 'q', parameterCount: 1 }],
    ];
    for (const expected of others) {
      expect(() => decodeWeights(received, expected)).toThrow(expect.objectContaining({ code: 'WIRE_CORRUPT' }));
    }
    expect(() => decodeShardState(encodeShardState(state), 5)).toThrow(
      expect.objectContaining({ code: 'WIRE_CORRUPT' }),
    );
  });
});
