import type { RandomStream } from '../../base/index.js';
import type { I32, Kernels } from '../../kernels/index.js';

/** The order in which an epoch visits the samples, cut into minibatches of (nearly) equal size, none of them empty. */
export class MinibatchOrder {
  /** i32[samples] */
  readonly indices: I32;
  /** As asked for, or one per sample (per trajectory in mode `instances`) where there are fewer of those. */
  readonly minibatches: number;
  /** The indices of each minibatch. */
  readonly parts: readonly I32[];
  private readonly mode: 'samples' | 'instances';
  private readonly horizon: number;
  private readonly instances: number;
  private readonly trajectories: I32;
  /** The trajectories of each minibatch; in mode `instances` alone. */
  private readonly firsts: readonly I32[];
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
    const part = (m: number): I32 => this.indices.subarray(this.start(m), this.start(m + 1)) as I32;
    const begin = (m: number): number => this.start(m) / this.horizon;
    const first = (m: number): I32 => this.trajectories.subarray(begin(m), begin(m + 1)) as I32;
    this.firsts = mode === 'instances' ? Array.from({ length: this.minibatches }, (_, m) => first(m)) : [];
    this.parts = Array.from({ length: this.minibatches }, (_, m) => part(m));
  }

  /** Position in `indices` at which minibatch m begins; of whole trajectories in mode `instances`. */
  start(m: number): number {
    const unit = this.mode === 'instances' ? this.horizon : 1;
    return Math.floor((m * (this.indices.length / unit)) / this.minibatches) * unit;
  }

  /** A new random order. In mode `instances` a minibatch is whole trajectories, drawn at random; of these come the first steps, then the
   *  second, and so on. */
  shuffle(random: RandomStream): void {
    const { trajectories, horizon: T, instances: B } = this;
    if (this.mode === 'samples') {
      this.kernels.permutation(random, this.indices, this.indices.length);
      return;
    }
    this.kernels.permutation(random, trajectories, trajectories.length);
    // Ascending within a minibatch, and step by step: what is read together then lies together.
    for (const [m, part] of this.parts.entries()) {
      const firsts = this.firsts[m]!;
      firsts.sort();
      for (let j = 0; j < firsts.length; j++) {
        firsts[j] = Math.floor(firsts[j]! / B) * T * B + (firsts[j]! % B);
      }
      this.kernels.strideRows(firsts, firsts.length, T, B, part);
    }
  }

  dispose(): void {
    this.kernels.free(this.indices);
    this.kernels.free(this.trajectories);
  }
}
