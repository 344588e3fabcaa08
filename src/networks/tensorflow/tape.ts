import type { Tensor, Tf } from './port.js';

/** What TensorFlow.js notes of each operation: the tensors that its gradient needs. */
interface TapeNode {
  readonly saved?: readonly Tensor[];
}

/** The part of the engine of TensorFlow.js 4.22 that records; its types hide it. */
interface Recorder {
  readonly state: { activeTape: TapeNode[] | null };
  startTape(): void;
  endTape(): void;
  gradients(
    f: () => Tensor,
    xs: readonly Tensor[],
    dy: Tensor,
    allowNoGradients: boolean,
  ): { grads: (Tensor | null)[] };
}

/** One forward pass, recorded, whose gradient is asked for later. TensorFlow.js does both in one call of a function; here the caller
 *  has the outputs before it knows their gradient, and the forward pass must not be made twice. */
export class Tape {
  readonly output: Tensor;
  private nodes: TapeNode[] | null;
  private readonly recorder: Recorder;

  /** Runs `forward` and keeps what its gradient needs; all else that it makes is disposed of. */
  constructor(tf: Tf, forward: () => Tensor) {
    const recorder = tf.engine() as unknown as Recorder;
    this.recorder = recorder;
    recorder.startTape();
    try {
      this.output = tf.keep(tf.tidy(forward));
    } finally {
      recorder.endTape();
      this.nodes = recorder.state.activeTape;
      recorder.state.activeTape = null;
    }
  }

  /** Vector–Jacobian products dy·∂output/∂x, null for an x that the output does not depend on. The caller disposes of them; the
   *  recording is used up. */
  gradients(xs: readonly Tensor[], dy: Tensor): readonly (Tensor | null)[] {
    const { recorder, nodes } = this;
    if (nodes === null) throw new Error('a tape gives its gradients once');
    this.nodes = null;
    // Called with a recording begun, in place of the function that would be recorded: what was recorded before takes its place. What
    // it saved is disposed of there.
    const recorded = (): Tensor => {
      recorder.state.activeTape = nodes;
      return this.output;
    };
    try {
      return recorder.gradients(recorded, xs, dy, true).grads.map((gradient) => gradient ?? null);
    } finally {
      recorder.state.activeTape = null;
      this.output.dispose();
    }
  }

  /** Gives up a recording that no gradient was asked of. */
  dispose(): void {
    if (this.nodes === null) return;
    for (const { saved } of this.nodes) for (const tensor of saved ?? []) tensor.dispose();
    this.nodes = null;
    this.output.dispose();
  }
}
