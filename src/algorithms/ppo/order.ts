import type { RandomStream } from '../../base/index.js';

/** The order in which an epoch visits the samples, cut into minibatches of (nearly) equal size. */
export class MinibatchOrder {
  /** i32[samples] */
  readonly indices: Int32Array;
  private readonly minibatches: number;
  private readonly mode: 'samples' | 'instances';
  private readonly horizon: number;
  private readonly instances: number;
  private readonly trajectories: Int32Array;

  constructor(
    shape: { readonly segments: number; readonly horizon: number; readonly instances: number },
    minibatches: number,
    mode: 'samples' | 'instances',
  ) {
    this.horizon = shape.horizon;
    this.instances = shape.instances;
    this.minibatches = minibatches;
    this.mode = mode;
    this.indices = new Int32Array(shape.segments * shape.horizon * shape.instances);
    this.trajectories = new Int32Array(mode === 'instances' ? shape.segments * shape.instances : 0);
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
      random.permutation(indices, indices.length);
      return;
    }
    random.permutation(trajectories, trajectories.length);
    let at = 0;
    for (let j = 0; j < trajectories.length; j++) {
      const segment = Math.floor(trajectories[j]! / B);
      const first = segment * T * B + (trajectories[j]! % B);
      for (let t = 0; t < T; t++) indices[at++] = first + t * B;
    }
  }
}
