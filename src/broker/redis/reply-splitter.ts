/** Where a large reply is put, and the number that stands for it. */
export interface LargeReplies {
  /** Memory of at least so many bytes. */
  take(bytes: number): Uint8Array;
  /** The reply is whole; gives the number under which it can be fetched. */
  keep(memory: Uint8Array, bytes: number): number;
}

/** Bytes from which a string is worth a way of its own. */
export const LARGE_REPLY_BYTES = 32 * 1024;

const LINE_FEED = 0x0a;
const CRLF_BYTES = 2;
/** Characters that types of replies begin with: https://redis.io/docs/latest/develop/reference/protocol-spec. */
const BLOB = '$'.charCodeAt(0);
const BLOBS: ReadonlySet<number> = new Set([...'$=!'].map((type) => type.charCodeAt(0)));
const LISTS: ReadonlySet<number> = new Set([...'*~>'].map((type) => type.charCodeAt(0)));
const MAPS: ReadonlySet<number> = new Set([...'%|'].map((type) => type.charCodeAt(0)));
const ATTRIBUTE = '|'.charCodeAt(0);

/** Reads what Redis sends on one connection, in chunks whose memory is used again. A reply that is one large string is copied once,
 *  into memory of `large`, and an integer is passed on in its place; everything else is passed on as it is, in memory of its own.
 *  The client library would keep every chunk, and join them in new memory: garbage of twice the size of each reply. */
export class ReplySplitter {
  readonly #large: LargeReplies;
  readonly #pass: (bytes: Buffer) => void;
  /** Start of a line whose end has not come. */
  #held: Buffer | null = null;
  /** Elements of the current reply that have not begun. */
  #open = 0;
  /** Bytes of a small string that are still to pass, or of a line end to drop. */
  #passing = 0;
  #dropping = 0;
  #target: Uint8Array | null = null;
  #filled = 0;
  #size = 0;

  constructor(large: LargeReplies, pass: (bytes: Buffer) => void) {
    this.#large = large;
    this.#pass = pass;
  }

  write(received: Buffer): void {
    const chunk = this.#held === null ? received : Buffer.concat([this.#held, received]);
    this.#held = null;
    /** Begin of what is passed on next. */
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#target !== null) {
        at = from = this.#fill(this.#target, chunk, at);
      } else if (this.#dropping > 0) {
        at = from = this.#drop(chunk, at);
      } else if (this.#passing > 0) {
        const count = Math.min(this.#passing, chunk.length - at);
        this.#passing -= count;
        at += count;
      } else {
        const end = chunk.indexOf(LINE_FEED, at);
        if (end < 0) {
          this.#passOn(chunk, from, at);
          this.#held = Buffer.from(chunk.subarray(at));
          return;
        }
        if (this.#line(chunk, at, end)) {
          this.#passOn(chunk, from, at);
          from = end + 1;
        }
        at = end + 1;
      }
    }
    this.#passOn(chunk, from, at);
  }

  /** Takes note of the line; whether a large reply begins with it. */
  #line(chunk: Buffer, at: number, end: number): boolean {
    const type = chunk[at]!;
    const whole = this.#open === 0;
    if (!whole) this.#open--;
    const count = Number(chunk.toString('latin1', at + 1, end - 1));
    if (!(count > 0) && !(BLOBS.has(type) && count === 0)) return false;
    if (LISTS.has(type)) this.#open += count;
    // What an attribute belongs to follows it.
    if (MAPS.has(type)) this.#open += 2 * count + (type === ATTRIBUTE ? 1 : 0);
    if (!BLOBS.has(type)) return false;
    if (!whole || type !== BLOB || count < LARGE_REPLY_BYTES) {
      this.#passing = count + CRLF_BYTES;
      return false;
    }
    this.#target = this.#large.take(count);
    this.#size = count;
    this.#filled = 0;
    return true;
  }

  #fill(target: Uint8Array, chunk: Buffer, at: number): number {
    const count = Math.min(this.#size - this.#filled, chunk.length - at);
    chunk.copy(target, this.#filled, at, at + count);
    this.#filled += count;
    if (this.#filled === this.#size) this.#dropping = CRLF_BYTES;
    if (this.#dropping > 0) {
      const number = this.#large.keep(target, this.#size);
      this.#target = null;
      this.#pass(Buffer.from(`:${number}\r\n`));
    }
    return at + count;
  }

  #drop(chunk: Buffer, at: number): number {
    const count = Math.min(this.#dropping, chunk.length - at);
    this.#dropping -= count;
    return at + count;
  }

  #passOn(chunk: Buffer, from: number, to: number): void {
    if (to > from) this.#pass(Buffer.from(chunk.subarray(from, to)));
  }
}
