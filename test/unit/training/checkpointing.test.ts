import { describe, expect, test } from 'vitest';
import type { Checkpoint } from '../../../src/checkpoints/index.js';
import { fromCheckpoint, type LearnerState, toCheckpoint } from '../../../src/training/checkpointing.js';
import { weightsDigest } from '../../../src/training/digest.js';
import { smallJob } from '../../helpers/training.js';
import { openInline, planOf, sharedBytes } from './planning.js';

const planned = planOf({ ...smallJob, schedule: { lag: 2 } });
const { plan } = planned;
const { layouts, units } = await openInline(planned);
const weightCount = plan.actingCounts.reduce((sum, count) => sum + count, 0);
const weights = (version: number): Uint8Array =>
  sharedBytes(Array.from({ length: weightCount }, (_, j) => version + j / 100));

const state: LearnerState = {
  iteration: 5,
  counters: { envSteps: 1200, agentSteps: 3600, learnerSteps: 15, wallSeconds: 12.5 },
  units: units.map(({ tensors }, p) => ({
    tensors: Uint8Array.from(tensors, (byte, j) => byte ^ (j % (p + 2))),
    counters: { optimizerSteps: 30 + p },
    replay: null,
  })),
  weights: new Map([3, 4, 5].map((version) => [version, weights(version)])),
  cursors: [5, 5, 5],
  shards: [Uint8Array.of(1, 2, 3), Uint8Array.of(4), Uint8Array.of(5, 6)],
};
const checkpoint = toCheckpoint(plan, layouts, state);
/** What a store gives back: JSON facts, and bytes of its own. */
const stored = (change: (facts: Record<string, unknown>) => object = (facts) => facts): Checkpoint => ({
  ...checkpoint,
  facts: change(JSON.parse(JSON.stringify(checkpoint.facts))) as Checkpoint['facts'],
  tensors: checkpoint.tensors.map((tensor) => ({ ...tensor, bytes: tensor.bytes.slice() })),
});

const plain = ({ units: all, weights: versions, shards, ...rest }: LearnerState) => ({
  ...rest,
  units: all.map(({ tensors, counters }) => ({ tensors: [...tensors], counters })),
  weights: [...versions].map(([version, bytes]) => [version, [...bytes]]),
  shards: shards.map((bytes) => (bytes === null ? null : [...bytes])),
});

describe('a checkpoint', () => {
  test('holds the learner’s whole state', () => {
    const restored = fromCheckpoint(plan, layouts, stored());
    expect(plain(restored)).toEqual(plain(state));
  });

  test('is restored into shared memory, which every thread can read', () => {
    const { units: restored, weights: versions, shards } = fromCheckpoint(plan, layouts, stored());
    for (const bytes of [...restored.map(({ tensors }) => tensors), ...versions.values(), ...shards]) {
      expect(bytes?.buffer).toBeInstanceOf(SharedArrayBuffer);
    }
  });

  test('names its tensors by policy, version and shard, and they have the bytes that their shapes say', () => {
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual([
      ...['agent-0', 'agent-1', 'agent-2'].flatMap((id) =>
        ['parameters', 'adamMean', 'adamVariance'].map((name) => `policy/${id}/${name}`),
      ),
      'weights/3',
      'weights/4',
      'weights/5',
      'shard/0',
      'shard/1',
      'shard/2',
    ]);
    for (const { shape, dtype, bytes } of checkpoint.tensors) {
      const elements = shape.reduce((product, extent) => product * extent, 1);
      expect(bytes.byteLength).toBe(elements * (dtype === 'f32' ? 4 : 1));
    }
  });

  test('before the first batch there is no shard state', () => {
    const first: LearnerState = {
      ...state,
      iteration: 0,
      cursors: [0, 0, 0],
      weights: new Map([[0, weights(0)]]),
      shards: [null, null, null],
    };
    expect(plain(fromCheckpoint(plan, layouts, toCheckpoint(plan, layouts, first)))).toEqual(plain(first));
  });
});

const refusal = (expected: object) => expect.objectContaining(expected) as Error;

describe('a checkpoint is refused', () => {
  test.each(checkpoint.tensors.map(({ name }) => name))('without %s', (name) => {
    const damaged = { ...stored(), tensors: stored().tensors.filter((tensor) => tensor.name !== name) };
    expect(() => fromCheckpoint(plan, layouts, damaged)).toThrowError(
      refusal({
        code: 'TRAINING_CHECKPOINT_INCOMPLETE',
        message: expect.stringContaining(`${name} is missing`),
        data: { iteration: 5, tensor: name },
      }),
    );
  });

  // The sizes of a shard's state are the environment's; loading it refuses others.
  const sized = checkpoint.tensors.map(({ name }) => name).filter((name) => !name.startsWith('shard/'));
  test.each(sized.flatMap((name) => [4, -4].map((change) => [name, change] as const)))(
    'when %s is %i bytes longer',
    (name, change) => {
      const tensors = stored().tensors.map((tensor) => {
        const bytes = new Uint8Array(Math.max(0, tensor.bytes.byteLength + change));
        bytes.set(tensor.bytes.subarray(0, bytes.byteLength));
        return tensor.name === name ? { ...tensor, bytes } : tensor;
      });
      expect(() => fromCheckpoint(plan, layouts, { ...stored(), tensors })).toThrowError(
        refusal({ code: 'TRAINING_CHECKPOINT_INCOMPLETE', data: { iteration: 5, tensor: name } }),
      );
    },
  );

  test.each([
    ['counters', (facts: Record<string, unknown>) => ({ ...facts, counters: undefined })],
    [
      'counters.agentSteps',
      ({ counters, ...facts }) => ({ ...facts, counters: { ...(counters as object), agentSteps: null } }),
    ],
    ['policyCounters.agent-0', (facts) => ({ ...facts, policyCounters: {} })],
    ['policyCounters.agent-0', ({ policyCounters: _, ...facts }) => facts],
    [
      'policyCounters.agent-1.optimizerSteps',
      ({ policyCounters, ...facts }) => ({
        ...facts,
        policyCounters: { ...(policyCounters as object), 'agent-1': { optimizerSteps: 'many' } },
      }),
    ],
  ] satisfies [string, (facts: Record<string, unknown>) => object][])('when %s is no number', (name, change) => {
    expect(() => fromCheckpoint(plan, layouts, stored(change))).toThrowError(
      refusal({ code: 'TRAINING_CHECKPOINT_INCOMPLETE', message: expect.stringContaining(name) }),
    );
  });

  test('that another spec made', () => {
    const other = planOf({ ...smallJob, seed: 12, schedule: { lag: 2 } });
    expect(() => fromCheckpoint(other.plan, layouts, stored())).toThrowError(
      refusal({ code: 'TRAINING_RESUME_MISMATCH', data: { iteration: 5 } }),
    );
  });
});

test('the digest is SHA-256 of id, zero byte and parameters, policy by policy', () => {
  const parameters = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
  // printf 'seller\0\0\0\x80\x3f\0\0\x20\xc0b\0\0\0\0\x3f' | sha256sum
  expect(
    weightsDigest([
      { policyId: 'seller', parameters: parameters(1, -2.5) },
      { policyId: 'b', parameters: parameters(0.5) },
    ]),
  ).toBe('ac36edafc74a710ccada58661c70531fbc39b026859c491fbc85876dec5f31b5');
  // An id's end is marked: these differ.
  const digest = (policyId: string) => weightsDigest([{ policyId, parameters: new Uint8Array(0) }]);
  expect(digest('a')).not.toBe(digest('a\0'));
  expect(weightsDigest([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
