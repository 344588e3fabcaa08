import type { RandomStream } from '../../base/index.js';
import type { I32, Kernels } from '../../kernels/index.js';

/** The order in which an epoch visits the samples, cut into minibatches of (nearly) equal size, none of them empty. */
export class MinibatchOrder {
  /** i32[samples] */
  readonly indices: I32;
  /** As asked for, or one per sample (per trajectory in mode `instances`) where there are fewer of those. */
  readonly minibatches: number;
  private readonly mode: 'samples' | 'instances';
  private readonly horizon: number;
  private readonly instances: number;
  private readonly trajectories: I32;
  private readonly kernels: Kernels;

  constructor(
    kernels: Kernels,
    shape: { readonly segments: number; readonly horizon: number; readonly instances: number },
    minibatches: number,
    mode: 'samples' | 'instances',
  ) {
    this.kernels = kernels;
    this.horizon = shape.horizon;
    this.instances = shape.instances;
    this.mode = mode;
    const trajectories = shape.segments * shape.instances;
    const samples = trajectories * shape.horizon;
    this.minibatches = Math.min(minibatches, mode === 'instances' ? trajectories : samples);
    this.indices = kernels.i32(samples);
    this.trajectories = kernels.i32(mode === 'instances' ? trajectories : 1);
  }

  /** Position in `indices` at which minibatch m begins; of whole trajectories in mode `instances`. */
  start(m: number): number {
    const unit = this.mode === 'instances' ? this.horizon : 1;
    return Math.floor((m * (this.indices.length / unit)) / this.minibatches) * unit;
  }

  /** A new random order. Mode `instances` permutes whole trajectories and keeps each in the order of time. */
  shuffle(random: RandomStream): void {
    const { indices, trajectories, horizon: T, instances: B } = this;
    if (this.mode === 'samples') {
      this.kernels.permutation(random, indices, indices.length);
      return;
    }
    this.kernels.permutation(random, trajectories, trajectories.length);
    let at = 0;
    for (let j = 0; j < trajectories.length; j++) {
      const segment = Math.floor(trajectories[j]! / B);
      const first = segment * T * B + (trajectories[j]! % B);
      for (let t = 0; t < T; t++) indices[at++] = first + t * B;
    }
  }

  dispose(): void {
    this.kernels.free(this.indices);
    this.kernels.free(this.trajectories);
  }
}
