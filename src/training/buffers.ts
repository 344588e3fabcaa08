/** Buffers of more than so many times the size that is needed are not kept. */
const OVERSIZE = 4;

/** Shared memory that is used again for the next batches, so that a run at full speed makes no garbage, nor a process that
 *  trains one job after another: the engine collects when its own heap has grown, whatever garbage lies in shared memory, which
 *  then is that of dozens of jobs. A buffer is given back only when nothing reads it any more. */
export class BufferPool {
  private readonly free: SharedArrayBuffer[] = [];
  private limit: number;

  /** Keeps at most `limit` buffers. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** For another job: keeps at most `limit` buffers from now on, and of those at hand the ones that suit batches of at least `bytes`. */
  prepare(limit: number, bytes: number): void {
    this.limit = limit;
    const suitable = this.free.filter(({ byteLength }) => byteLength >= bytes && byteLength <= OVERSIZE * bytes);
    this.free.splice(0, Number.POSITIVE_INFINITY, ...suitable.slice(0, limit));
  }

  /** A buffer of some size, or undefined: whoever fills it checks its length and makes a new one if it is too small. */
  take(): SharedArrayBuffer | undefined {
    return this.free.pop();
  }

  give(buffer: ArrayBufferLike): void {
    if (buffer instanceof SharedArrayBuffer && this.free.length < this.limit) this.free.push(buffer);
  }
}
