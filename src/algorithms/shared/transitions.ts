import type { PolicyBatch } from '../../experience/index.js';
import type { BatchShape } from '../port.js';

export interface TransitionSettings {
  /** Numbers of an observation, and of an action mask; 0 if there is none. */
  readonly observationSize: number;
  readonly maskSize: number;
  readonly gamma: number;
  /** Steps that a transition spans at most. */
  readonly steps: number;
}

/** The transitions that start at each sample of a batch, over up to n steps of the episode:
 *
 *      reward = Σ_{i<m} γ^i r_{t+i},   discount = γ^m, or 0 where step t + m − 1 terminated,   next = the observation after that step
 *
 *  m is n, or what the episode (then the next observation is its final one) or the batch has left. Row n belongs to sample n, so
 *  that observations, actions and masks are the batch's own. Of final observations no mask is known: all is legal there. */
export class Transitions {
  readonly rewards: Float32Array;
  readonly discounts: Float32Array;
  /** [samples, F] */
  readonly nextObservations: Float32Array;
  /** [samples, M] */
  readonly nextActionMasks: Uint8Array;
  /** 1 where the last step was truncated: what would have been legal after it is not known. */
  readonly cutOff: Uint8Array;
  private readonly settings: TransitionSettings;
  /** Position among the batch's finals of each sample that ended an episode. */
  private readonly finalOf: Int32Array;

  constructor({ segments, horizon, instances }: BatchShape, settings: TransitionSettings) {
    const samples = segments * horizon * instances;
    this.settings = settings;
    this.rewards = new Float32Array(samples);
    this.discounts = new Float32Array(samples);
    this.nextObservations = new Float32Array(samples * settings.observationSize);
    this.nextActionMasks = new Uint8Array(samples * settings.maskSize);
    this.cutOff = new Uint8Array(samples);
    this.finalOf = new Int32Array(samples);
  }

  /** Of the batch's first reward channel. */
  fill(batch: PolicyBatch): void {
    const { segments: S, horizon: T, instances: B } = batch.shape;
    const { gamma, steps } = this.settings;
    const { rewards, terminated, truncated } = batch;
    for (let e = 0; e < batch.finalCount; e++) this.finalOf[batch.finalSamples[e]!] = e;
    for (let s = 0; s < S; s++) {
      const end = (s + 1) * T * B;
      for (let n = s * T * B; n < end; n++) {
        let reward = 0;
        let discount = 1;
        let last = n;
        for (let m = 0, at = n; m < steps && at < end; m++, at += B) {
          reward += discount * rewards[at]!;
          discount *= gamma;
          last = at;
          if (terminated[at] !== 0 || truncated[at] !== 0) break;
        }
        this.rewards[n] = reward;
        this.discounts[n] = terminated[last] !== 0 ? 0 : discount;
        this.cutOff[n] = terminated[last] === 0 ? truncated[last]! : 0;
        this.follow(batch, n, last, last + B >= end ? s * B + (last % B) : -1);
      }
    }
  }

  /** Copies what was seen after step `last`; `lastRow` is its row among the observations after the segments' last steps, or −1. */
  private follow(batch: PolicyBatch, n: number, last: number, lastRow: number): void {
    const { observationSize: F, maskSize: M } = this.settings;
    if (batch.terminated[last] !== 0 || batch.truncated[last] !== 0) {
      copyRow(batch.finalObservations, this.finalOf[last]!, this.nextObservations, n, F);
      this.nextActionMasks.fill(1, n * M, (n + 1) * M);
    } else if (lastRow >= 0) {
      copyRow(batch.lastObservations, lastRow, this.nextObservations, n, F);
      copyRow(batch.lastActionMasks, lastRow, this.nextActionMasks, n, M);
    } else {
      copyRow(batch.observations, last + batch.shape.instances, this.nextObservations, n, F);
      copyRow(batch.actionMasks, last + batch.shape.instances, this.nextActionMasks, n, M);
    }
  }
}

function copyRow(from: ArrayLike<number>, fromRow: number, to: { [j: number]: number }, toRow: number, width: number) {
  for (let j = 0; j < width; j++) to[toRow * width + j] = from[fromRow * width + j]!;
}
