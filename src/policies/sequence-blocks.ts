import type { F32 } from '../kernels/index.js';
import type { RowBlocks, Sequences } from '../networks/index.js';

/** Row blocks of sequences of one step each, as `RowBlocks` makes them of arrays. */
export class SequenceBlocks {
  private readonly blocks: RowBlocks;
  private readonly stateSize: number;
  private part: { steps: 1; state: F32; starts: Uint8Array | null } | null = null;

  constructor(blocks: RowBlocks, stateSize: number) {
    this.blocks = blocks;
    this.stateSize = stateSize;
  }

  /** Valid until the next call. */
  of(sequences: Sequences | undefined, block: number): Sequences | undefined {
    if (sequences === undefined || block === 0) return sequences;
    const state = this.blocks.floatsFrom(sequences.state, this.stateSize, block);
    const starts = sequences.starts === null ? null : this.blocks.bytesFrom(sequences.starts, 1, block);
    this.part ??= { steps: 1, state, starts };
    this.part.state = state;
    this.part.starts = starts;
    return this.part;
  }
}
