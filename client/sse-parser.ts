/** One event of a server-sent event stream. */
export interface ServerSentEvent {
  /** The last id that the stream has told, '' before any. */
  readonly id: string;
  /** The event's name; `message` where none was told. */
  readonly type: string;
  readonly data: string;
}

export interface SseParserOptions {
  /** Characters of one event, all its lines together; more is no event of ours. */
  readonly maxEventLength: number;
  /** The id that the stream goes on from. */
  readonly lastEventId: string;
}

/** Reads a server-sent event stream from chunks of bytes that may be cut anywhere: inside a character, between CR and LF, inside a
 *  line. Time and memory are linear in what is read, whatever the chunks' sizes.
 *  Source: HTML Living Standard, 9.2.6 Interpreting an event stream. Throws RangeError for an event beyond `maxEventLength`. */
export class SseParser {
  /** What to go on from when the stream breaks: the id of the last whole event. */
  lastEventId: string;
  /** The wait before the next connection that the stream has asked for, in milliseconds; null if it has not. */
  retryMs: number | null = null;
  readonly #maxEventLength: number;
  /** A line ends with CR LF, LF or CR. */
  readonly #lineEnd = /[\r\n]/g;
  // A byte order mark at the very beginning is dropped by the decoder.
  readonly #decoder = new TextDecoder('utf-8');
  /** Parts of the line that has not ended. */
  #parts: string[] = [];
  #afterCarriageReturn = false;
  #length = 0;
  #id: string;
  #type = '';
  #data: string[] = [];

  constructor({ maxEventLength, lastEventId }: SseParserOptions) {
    this.#maxEventLength = maxEventLength;
    this.lastEventId = lastEventId;
    this.#id = lastEventId;
  }

  /** The events that this chunk completes. What is never completed by an empty line is no event. */
  push(chunk: Uint8Array): ServerSentEvent[] {
    const text = this.#decoder.decode(chunk, { stream: true });
    const events: ServerSentEvent[] = [];
    let from = 0;
    // The second half of a line end whose first half was the end of the chunk before.
    if (this.#afterCarriageReturn && text.length > 0) {
      this.#afterCarriageReturn = false;
      if (text.charCodeAt(0) === 10) from = 1;
    }
    const lineEnd = this.#lineEnd;
    lineEnd.lastIndex = from;
    for (let match = lineEnd.exec(text); match !== null; match = lineEnd.exec(text)) {
      const end = match.index;
      const line = this.#parts.join('') + text.slice(from, end);
      this.#parts = [];
      this.#grow(end - from);
      from = end + 1;
      if (match[0] === '\r') {
        if (from === text.length) this.#afterCarriageReturn = true;
        else if (text.charCodeAt(from) === 10) from++;
      }
      lineEnd.lastIndex = from;
      const event = this.#endLine(line);
      if (event !== null) events.push(event);
    }
    if (from < text.length) {
      this.#parts.push(text.slice(from));
      this.#grow(text.length - from);
    }
    return events;
  }

  #grow(length: number): void {
    this.#length += length;
    if (this.#length > this.#maxEventLength) {
      throw new RangeError(`an event of the stream has more than ${this.#maxEventLength} characters`);
    }
  }

  #endLine(line: string): ServerSentEvent | null {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    // Comments are not held, so they do not count either.
    if (colon === 0) this.#length -= line.length;
    else if (colon < 0) this.#take(line, '');
    else this.#take(line.slice(0, colon), line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1));
    return null;
  }

  #take(field: string, value: string): void {
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(): ServerSentEvent | null {
    this.lastEventId = this.#id;
    const type = this.#type;
    const data = this.#data;
    this.#type = '';
    this.#data = [];
    this.#length = 0;
    return data.length === 0 ? null : { id: this.#id, type: type === '' ? 'message' : type, data: data.join('\n') };
  }
}
