import type { RandomStream } from '../../base/index.js';
import type { PolicyBatch, Replay } from '../../experience/index.js';
import type { F32, Kernels } from '../../kernels/index.js';
import { elementSize, maskSize } from '../../spaces/index.js';
import type { UpdaterContext } from '../port.js';
import { transitionFields } from './off-policy-options.js';
import { Transitions } from './transitions.js';

/** One policy's way into the replay and out of it: the transitions of a batch, and those drawn for an update. Columns are those of
 *  `transitionFields`. Where the policy is masked, transitions that were cut off are left out: their next choices are not known. */
export class ReplayMinibatch {
  readonly rows: number;
  /** f32[rows, F] */
  readonly observations: F32;
  /** f32[rows, A] */
  readonly actions: F32;
  readonly rewards: F32;
  readonly discounts: F32;
  readonly nextObservations: F32;
  /** u8[rows, M]; M is 0 where the policy is not masked. */
  readonly actionMasks: Uint8Array;
  readonly nextActionMasks: Uint8Array;
  private readonly kernels: Kernels;
  private readonly transitions: Transitions;
  private readonly indices: Int32Array;
  /** Of the transitions that are kept, where some may not be. */
  private readonly kept: readonly (Float32Array | Uint8Array)[];

  constructor(context: UpdaterContext, { rows, gamma, nStep }: { rows: number; gamma: number; nStep: number }) {
    const { kernels, observationSpace, actionSpace, masked, batchShape } = context;
    const F = elementSize(observationSpace);
    const M = masked ? maskSize(actionSpace) : 0;
    this.rows = rows;
    this.kernels = kernels;
    this.observations = kernels.f32(rows * F);
    this.actions = kernels.f32(rows * elementSize(actionSpace));
    this.rewards = kernels.f32(rows);
    this.discounts = kernels.f32(rows);
    this.nextObservations = kernels.f32(rows * F);
    this.actionMasks = new Uint8Array(rows * M);
    this.nextActionMasks = new Uint8Array(rows * M);
    this.transitions = new Transitions(batchShape, { observationSize: F, maskSize: M, gamma, steps: nStep });
    this.indices = new Int32Array(rows);
    const samples = batchShape.segments * batchShape.horizon * batchShape.instances;
    this.kept =
      M === 0
        ? []
        : transitionFields(context).map(({ dtype, width }) =>
            dtype === 'f32' ? new Float32Array(samples * width) : new Uint8Array(samples * width),
          );
  }

  /** Appends the transitions of a batch. */
  insert(batch: PolicyBatch, replay: Replay): void {
    const { transitions } = this;
    transitions.fill(batch);
    const columns: readonly (Float32Array | Uint8Array)[] = [
      batch.observations,
      batch.actions,
      transitions.rewards,
      transitions.discounts,
      transitions.nextObservations,
    ];
    if (this.kept.length === 0) {
      replay.insert(columns, batch.samples);
      return;
    }
    const masked = [...columns, batch.actionMasks, transitions.nextActionMasks];
    let count = 0;
    for (let n = 0; n < batch.samples; n++) {
      if (transitions.cutOff[n] !== 0) continue;
      for (const [f, column] of this.kept.entries()) {
        const width = column.length / batch.samples;
        for (let j = 0; j < width; j++) column[count * width + j] = masked[f]![n * width + j]!;
      }
      count++;
    }
    replay.insert(this.kept, count);
  }

  /** Draws `rows` transitions, each as likely as any. */
  draw(replay: Replay, random: RandomStream): void {
    const { rows, indices } = this;
    replay.sampleUniform(random, indices, rows);
    replay.gather('observation', indices, rows, this.observations);
    replay.gather('action', indices, rows, this.actions);
    replay.gather('reward', indices, rows, this.rewards);
    replay.gather('discount', indices, rows, this.discounts);
    replay.gather('nextObservation', indices, rows, this.nextObservations);
    if (this.actionMasks.length === 0) return;
    replay.gather('actionMask', indices, rows, this.actionMasks);
    replay.gather('nextActionMask', indices, rows, this.nextActionMasks);
  }

  dispose(): void {
    const { kernels } = this;
    for (const array of [this.observations, this.actions, this.rewards, this.discounts]) kernels.free(array);
    kernels.free(this.nextObservations);
  }
}
