import type { Checkpoint, CheckpointTensor } from '../checkpoints/index.js';
import { createReplayMemory, Replay, type ReplaySpec } from '../experience/index.js';
import { specDigest } from '../jobs/index.js';
import { actingFacts } from './acting-facts.js';
import { trainingError } from './errors.js';
import type { JobPlan } from './plan.js';
import type { UnitLayout, UnitState } from './update-runner.js';

/** Totals since the job began. */
export interface TrainingCounters {
  envSteps: number;
  agentSteps: number;
  learnerSteps: number;
  /** Seconds of training, over all processes that worked on the job. */
  wallSeconds: number;
}

const COUNTERS: readonly (keyof TrainingCounters)[] = ['envSteps', 'agentSteps', 'learnerSteps', 'wallSeconds'];

/** All that the iterations from `iteration` on depend on. */
export interface LearnerState {
  /** Iterations done; the newest policy version. */
  iteration: number;
  readonly counters: TrainingCounters;
  /** In the plan's order. */
  units: readonly UnitState[];
  /** Acting weights by version: the last lag + 1 in lockstep, at least the last otherwise. */
  readonly weights: Map<number, Uint8Array>;
  /** Shard → the first batch that is not consumed; in lockstep, all are `iteration`. */
  cursors: readonly number[];
  /** Shard states before that batch; null before the first. */
  shards: readonly (Uint8Array | null)[];
}

export function toCheckpoint(plan: JobPlan, layouts: readonly UnitLayout[], state: LearnerState): Checkpoint {
  const tensors: CheckpointTensor[] = [];
  state.units.forEach((unit, u) => {
    const { unitId, tensors: parts, replay } = layouts[u]!;
    let offset = 0;
    for (const { name, shape } of parts) {
      const bytes = 4 * shape.reduce((product, extent) => product * extent, 1);
      tensors.push({
        name: `policy/${unitId}/${name}`,
        dtype: 'f32',
        shape,
        bytes: unit.tensors.subarray(offset, offset + bytes),
      });
      offset += bytes;
    }
    if (replay !== null && unit.replay !== null) {
      const bytes = new Replay(replay, unit.replay).pack();
      tensors.push({ name: `replay/${unitId}`, dtype: 'u8', shape: [bytes.byteLength], bytes });
    }
  });
  for (const [version, bytes] of state.weights) {
    tensors.push({ name: `weights/${version}`, dtype: 'f32', shape: [bytes.byteLength / 4], bytes });
  }
  state.shards.forEach((bytes, s) => {
    if (bytes !== null) tensors.push({ name: `shard/${s}`, dtype: 'u8', shape: [bytes.byteLength], bytes });
  });
  return {
    iteration: state.iteration,
    facts: {
      job: plan.jobId,
      specDigest: specDigest(plan.spec),
      counters: { ...state.counters },
      ...actingFacts(plan),
      ...(plan.spec.schedule.kind === 'async' ? { cursors: [...state.cursors] } : {}),
      policyCounters: Object.fromEntries(layouts.map(({ unitId }, u) => [unitId, state.units[u]!.counters])),
    },
    tensors,
  };
}

/** Throws TRAINING_RESUME_MISMATCH for another job spec, TRAINING_CHECKPOINT_INCOMPLETE where something is missing. */
export function fromCheckpoint(plan: JobPlan, layouts: readonly UnitLayout[], checkpoint: Checkpoint): LearnerState {
  const { iteration, facts } = checkpoint;
  if (facts.specDigest !== specDigest(plan.spec)) {
    throw trainingError(
      'TRAINING_RESUME_MISMATCH',
      `the checkpoint of iteration ${iteration} was trained with another job spec; resume with that spec or start a new run`,
      { data: { iteration } },
    );
  }
  const byName = new Map(checkpoint.tensors.map((tensor) => [tensor.name, tensor]));
  const take = (name: string, bytes?: number): Uint8Array => {
    const tensor = byName.get(name);
    if (tensor === undefined || (bytes !== undefined && tensor.bytes.byteLength !== bytes)) {
      const found = tensor === undefined ? 'is missing' : `has ${tensor.bytes.byteLength} bytes instead of ${bytes}`;
      throw trainingError('TRAINING_CHECKPOINT_INCOMPLETE', `checkpoint of iteration ${iteration}: ${name} ${found}`, {
        data: { iteration, tensor: name },
      });
    }
    return shared(tensor.bytes);
  };
  const numbers = (name: string, found: unknown, required: readonly string[] = []): Record<string, number> => {
    const counters = (typeof found === 'object' && found !== null ? found : {}) as Readonly<Record<string, unknown>>;
    const names = [...new Set([...required, ...Object.keys(counters)])];
    const wrong = names.find((key) => !Number.isFinite(counters[key]));
    if (counters !== found || wrong !== undefined) {
      const what = wrong === undefined ? name : `${name}.${wrong}`;
      throw trainingError(
        'TRAINING_CHECKPOINT_INCOMPLETE',
        `checkpoint of iteration ${iteration}: ${what} is no number`,
        {
          data: { iteration, fact: what },
        },
      );
    }
    return { ...counters } as Record<string, number>;
  };
  const policyCounters = (facts.policyCounters ?? {}) as Readonly<Record<string, unknown>>;
  const units = layouts.map(({ unitId, tensors, replay }): UnitState => {
    const parts = tensors.map(({ name, shape }) =>
      take(`policy/${unitId}/${name}`, 4 * shape.reduce((product, extent) => product * extent, 1)),
    );
    const whole = new Uint8Array(new SharedArrayBuffer(parts.reduce((sum, part) => sum + part.byteLength, 0)));
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.byteLength;
    }
    return {
      tensors: whole,
      counters: numbers(`policyCounters.${unitId}`, policyCounters[unitId]),
      replay: replay === null ? null : unpackReplay(replay, take(`replay/${unitId}`)),
    };
  });
  const weights = new Map<number, Uint8Array>();
  const lockstep = plan.spec.schedule.kind === 'lockstep';
  const oldest = lockstep ? Math.max(0, iteration - plan.spec.schedule.lag) : iteration;
  const weightBytes = 4 * plan.actingCounts.reduce((sum, count) => sum + count, 0);
  for (let version = oldest; version <= iteration; version++) {
    weights.set(version, take(`weights/${version}`, weightBytes));
  }
  const cursors = lockstep
    ? new Array<number>(plan.spec.rollout.shards).fill(iteration)
    : expectCursors(facts.cursors, plan.spec.rollout.shards, iteration);
  const shards = cursors.map((k, s) => (k === 0 ? null : take(`shard/${s}`)));
  const { envSteps, agentSteps, learnerSteps, wallSeconds } = numbers('counters', facts.counters, COUNTERS);
  return { iteration, counters: { envSteps, agentSteps, learnerSteps, wallSeconds }, units, weights, cursors, shards };
}

function expectCursors(found: unknown, shards: number, iteration: number): readonly number[] {
  const whole =
    Array.isArray(found) && found.length === shards && found.every((k) => Number.isSafeInteger(k) && k >= 0);
  if (whole) return found as readonly number[];
  throw trainingError(
    'TRAINING_CHECKPOINT_INCOMPLETE',
    `checkpoint of iteration ${iteration}: cursors are not those of ${shards} shards`,
    { data: { iteration, fact: 'cursors' } },
  );
}

function unpackReplay(spec: ReplaySpec, bytes: Uint8Array): SharedArrayBuffer {
  const memory = createReplayMemory(spec);
  new Replay(spec, memory).unpack(bytes);
  return memory;
}

/** A copy in shared memory, which every thread can read. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  copy.set(bytes);
  return copy;
}
