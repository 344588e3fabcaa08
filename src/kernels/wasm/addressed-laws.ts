import type { BoundedRows, ChoiceRows, CompositeRows, LawKernels, StdCurve } from '../laws.js';
import type { F32, I32 } from '../port.js';
import type { KernelExports } from './exports.js';
import { categoricalScratchBytes, gaussianScratchBytes } from './scratch.js';

/** The kernels of action laws, of a set of exports. */
export abstract class AddressedLaws implements LawKernels {
  protected readonly exports: KernelExports;

  constructor(exports: KernelExports) {
    this.exports = exports;
  }

  /** Address of so many bytes that are the caller's until it returns. */
  protected abstract scratchOf(bytes: number): number;

  gaussianSample(means: F32, logStd: F32, noise: F32, actions: F32, logProbs: F32, B: number, A: number): void {
    this.exports.gaussianSample(
      means.byteOffset,
      logStd.byteOffset,
      noise.byteOffset,
      actions.byteOffset,
      logProbs.byteOffset,
      B,
      A,
      this.scratchOf(gaussianScratchBytes(A)),
    );
  }

  gaussianLogProb(means: F32, logStd: F32, actions: F32, logProbs: F32, B: number, A: number): void {
    this.exports.gaussianLogProb(
      means.byteOffset,
      logStd.byteOffset,
      actions.byteOffset,
      logProbs.byteOffset,
      B,
      A,
      this.scratchOf(gaussianScratchBytes(A)),
    );
  }

  gaussianBackward(
    means: F32,
    logStd: F32,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dMeans: F32,
    dLogStd: F32,
    B: number,
    A: number,
  ): void {
    this.exports.gaussianBackward(
      means.byteOffset,
      logStd.byteOffset,
      actions.byteOffset,
      dLogProbs.byteOffset,
      dEntropies.byteOffset,
      dMeans.byteOffset,
      dLogStd.byteOffset,
      B,
      A,
      this.scratchOf(gaussianScratchBytes(A)),
    );
  }

  categoricalSample(logits: F32, noise: F32, actions: F32, logProbs: F32, B: number, rows: ChoiceRows): void {
    this.exports.categoricalSample(
      logits.byteOffset + 4 * rows.first,
      noise.byteOffset + 4 * rows.decision,
      actions.byteOffset + 4 * rows.decision,
      logProbs.byteOffset,
      B,
      rows.count,
      rows.rowLength,
      rows.decisions,
      rows.decision === 0 ? 0 : 1,
      this.scratchOf(categoricalScratchBytes(rows.count)),
    );
  }

  categoricalEvaluate(
    logits: F32,
    actions: F32 | null,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    rows: ChoiceRows,
  ): void {
    const judged = actions !== null && logProbs !== null;
    this.exports.categoricalEvaluate(
      logits.byteOffset + 4 * rows.first,
      judged ? actions.byteOffset + 4 * rows.decision : 0,
      judged ? logProbs.byteOffset : 0,
      entropies === null ? 0 : entropies.byteOffset,
      B,
      rows.count,
      rows.rowLength,
      rows.decisions,
      rows.decision === 0 ? 0 : 1,
      this.scratchOf(categoricalScratchBytes(rows.count)),
    );
  }

  categoricalBackward(
    logits: F32,
    actions: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dLogits: F32,
    B: number,
    rows: ChoiceRows,
  ): void {
    this.exports.categoricalBackward(
      logits.byteOffset + 4 * rows.first,
      actions.byteOffset + 4 * rows.decision,
      dLogProbs.byteOffset,
      dEntropies.byteOffset,
      dLogits.byteOffset + 4 * rows.first,
      B,
      rows.count,
      rows.rowLength,
      rows.decisions,
      this.scratchOf(categoricalScratchBytes(rows.count)),
    );
  }

  squash(u: F32, bounds: F32, actions: F32, B: number, A: number): void {
    this.exports.squash(u.byteOffset, bounds.byteOffset, actions.byteOffset, B, A);
  }

  unsquash(actions: F32, bounds: F32, u: F32, logSlopes: F32, B: number, A: number): void {
    this.exports.unsquash(actions.byteOffset, bounds.byteOffset, u.byteOffset, logSlopes.byteOffset, B, A);
  }

  binarySample(logits: F32, noise: F32, actions: F32, logProbs: F32, B: number, A: number): void {
    this.exports.binarySample(logits.byteOffset, noise.byteOffset, actions.byteOffset, logProbs.byteOffset, B, A);
  }

  binaryEvaluate(
    logits: F32,
    actions: F32 | null,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    A: number,
  ): void {
    const judged = actions !== null && logProbs !== null;
    this.exports.binaryEvaluate(
      logits.byteOffset,
      judged ? actions.byteOffset : 0,
      judged ? logProbs.byteOffset : 0,
      entropies === null ? 0 : entropies.byteOffset,
      B,
      A,
    );
  }

  binaryBackward(logits: F32, actions: F32, dLogProbs: F32, dEntropies: F32, dLogits: F32, B: number, A: number): void {
    this.exports.binaryBackward(
      logits.byteOffset,
      actions.byteOffset,
      dLogProbs.byteOffset,
      dEntropies.byteOffset,
      dLogits.byteOffset,
      B,
      A,
    );
  }

  maskChoices(logits: F32, mask: I32, counts: I32, output: F32, B: number, decisions: number): number {
    return this.exports.maskChoices(
      logits.byteOffset,
      mask.byteOffset,
      counts.byteOffset,
      output.byteOffset,
      B,
      decisions,
    );
  }

  maskBinary(logits: F32, mask: I32, output: F32, n: number): number {
    return this.exports.maskBinary(logits.byteOffset, mask.byteOffset, output.byteOffset, n);
  }

  networkStd(outputs: F32, logStd: F32, slopes: F32, B: number, A: number, curve: StdCurve): void {
    const { middle, half, start, scale } = curve;
    const [from, to] = [outputs.byteOffset, logStd.byteOffset];
    this.exports.networkStd(from, to, slopes.byteOffset, B, A, middle, half, start, scale);
  }

  boundedSample(
    outputs: F32,
    logStd: F32,
    noise: F32 | null,
    bounds: F32,
    actions: F32,
    B: number,
    rows: BoundedRows,
  ): void {
    const { size: A } = rows;
    this.exports.boundedSample(
      outputs.byteOffset,
      logStd.byteOffset,
      noise === null ? 0 : noise.byteOffset,
      bounds.byteOffset,
      actions.byteOffset,
      B,
      A,
      rows.byNetwork ? 2 * A : A,
      rows.byNetwork ? A : 0,
      rows.observed ? 4 * A : 0,
    );
  }

  boundedEvaluate(
    outputs: F32,
    logStd: F32,
    actions: F32 | null,
    bounds: F32,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    rows: BoundedRows,
  ): void {
    const { size: A } = rows;
    const judged = actions !== null && logProbs !== null;
    this.exports.boundedEvaluate(
      outputs.byteOffset,
      logStd.byteOffset,
      judged ? actions.byteOffset : 0,
      bounds.byteOffset,
      judged ? logProbs.byteOffset : 0,
      entropies === null ? 0 : entropies.byteOffset,
      B,
      A,
      rows.byNetwork ? 2 * A : A,
      rows.byNetwork ? A : 0,
      rows.observed ? 4 * A : 0,
    );
  }

  boundedBackward(
    outputs: F32,
    logStd: F32,
    slopes: F32 | null,
    actions: F32,
    bounds: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dLogStd: F32,
    B: number,
    rows: BoundedRows,
  ): void {
    const { size: A } = rows;
    this.exports.boundedBackward(
      outputs.byteOffset,
      logStd.byteOffset,
      slopes === null ? 0 : slopes.byteOffset,
      actions.byteOffset,
      bounds.byteOffset,
      dLogProbs.byteOffset,
      dEntropies.byteOffset,
      dOutputs.byteOffset,
      dLogStd.byteOffset,
      B,
      A,
      rows.byNetwork ? 2 * A : A,
      rows.byNetwork ? A : 0,
      rows.observed ? 4 * A : 0,
      this.scratchOf(gaussianScratchBytes(A)),
    );
  }

  boundedPathwise(
    outputs: F32,
    logStd: F32,
    slopes: F32,
    noise: F32,
    bounds: F32,
    dActions: F32,
    dLogProbs: F32,
    dOutputs: F32,
    B: number,
    rows: BoundedRows,
  ): void {
    this.exports.boundedPathwise(
      outputs.byteOffset,
      logStd.byteOffset,
      slopes.byteOffset,
      noise.byteOffset,
      bounds.byteOffset,
      dActions.byteOffset,
      dLogProbs.byteOffset,
      dOutputs.byteOffset,
      B,
      rows.size,
      rows.observed ? 4 * rows.size : 0,
    );
  }

  compositeSample(
    outputs: F32,
    logStd: F32,
    noise: F32,
    reservations: F32,
    actions: F32,
    B: number,
    rows: CompositeRows,
  ): void {
    this.exports.compositeSample(
      outputs.byteOffset,
      logStd.byteOffset,
      noise.byteOffset,
      reservations.byteOffset,
      actions.byteOffset,
      B,
      rows.observed ? 1 : 0,
      rows.side === 'seller' ? 1 : -1,
    );
  }

  compositeEvaluate(
    outputs: F32,
    logStd: F32,
    actions: F32 | null,
    reservations: F32,
    logProbs: F32 | null,
    entropies: F32 | null,
    B: number,
    rows: CompositeRows,
  ): void {
    const judged = actions !== null && logProbs !== null;
    this.exports.compositeEvaluate(
      outputs.byteOffset,
      logStd.byteOffset,
      judged ? actions.byteOffset : 0,
      reservations.byteOffset,
      judged ? logProbs.byteOffset : 0,
      entropies === null ? 0 : entropies.byteOffset,
      B,
      rows.observed ? 1 : 0,
      rows.side === 'seller' ? 1 : -1,
    );
  }

  compositeBackward(
    outputs: F32,
    logStd: F32,
    actions: F32,
    reservations: F32,
    dLogProbs: F32,
    dEntropies: F32,
    dOutputs: F32,
    dLogStd: F32,
    B: number,
    rows: CompositeRows,
  ): void {
    this.exports.compositeBackward(
      outputs.byteOffset,
      logStd.byteOffset,
      actions.byteOffset,
      reservations.byteOffset,
      dLogProbs.byteOffset,
      dEntropies.byteOffset,
      dOutputs.byteOffset,
      dLogStd.byteOffset,
      B,
      rows.observed ? 1 : 0,
      rows.side === 'seller' ? 1 : -1,
      this.scratchOf(gaussianScratchBytes(1)),
    );
  }
}
