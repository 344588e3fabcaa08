/** Shared memory that is used again for the next batches, so that a run at full speed makes no garbage. A buffer is given back
 *  only when nothing reads it any more. */
export class BufferPool {
  private readonly free: SharedArrayBuffer[] = [];
  private readonly limit: number;

  /** Keeps at most `limit` buffers. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** A buffer of some size, or undefined: whoever fills it checks its length and makes a new one if it is too small. */
  take(): SharedArrayBuffer | undefined {
    return this.free.pop();
  }

  give(buffer: ArrayBufferLike): void {
    if (buffer instanceof SharedArrayBuffer && this.free.length < this.limit) this.free.push(buffer);
  }
}
