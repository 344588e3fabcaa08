import { repeatingAfter } from './answer.js';
import type { Connection } from './connection.js';
import { clientError, MarlinApiError } from './errors.js';
import { type JobStreamEvent, readJobEvent } from './job-events.js';
import { startTimeLimit } from './sleep.js';
import { type ServerSentEvent, SseParser } from './sse-parser.js';

export interface FollowOptions {
  /** Sequence of the newest event that is known already; default: 0, from the beginning. */
  readonly after?: number;
  /** Types of events of the history that are wanted; default: all. */
  readonly types?: readonly JobStreamEvent['type'][];
  /** Told when a connection is there, and when it is gone and another will be tried. */
  readonly onConnection?: (connected: boolean) => void;
  readonly signal?: AbortSignal;
}

/** Characters of one event: an evaluation of many agents has a few hundred thousand. */
const MAX_EVENT_LENGTH = 2 ** 26;

/** A job's events until its end, over as many connections as it takes. A connection that breaks, ends early or says nothing for too
 *  long is followed by another that goes on after the last event; once there was one, this is tried without end. Rejects with what
 *  the API refuses it with, and with the signal's reason. */
export async function* followJob(
  connection: Connection,
  path: string,
  { after = 0, types, onConnection, signal }: FollowOptions,
): AsyncGenerator<JobStreamEvent, void, undefined> {
  const wanted = types === undefined ? '' : `?types=${types.map(encodeURIComponent).join(',')}`;
  let lastEventId = after === 0 ? '' : String(after);
  let state: string | undefined;
  let everConnected = false;
  for (let failures = 0; ; failures++) {
    const parser = new SseParser({ lastEventId, maxEventLength: MAX_EVENT_LENGTH });
    let broken: MarlinApiError;
    try {
      const stream = readStream(connection, path + wanted, parser, signal, () => onConnection?.(true));
      for await (const told of stream) {
        failures = 0;
        everConnected = true;
        if (told === 'nothing more') return;
        const event = readJobEvent(told);
        // Every connection begins with it.
        if (event.type === 'state' && event.state === state) continue;
        if (event.type === 'state') state = event.state;
        yield event;
        if (event.type === 'end') return;
      }
      broken = clientError('CLIENT_UNREACHABLE', 'the stream of events ended before the job did');
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof MarlinApiError) || repeatingAfter(error) === 'never') throw error;
      if (!everConnected && failures + 1 >= connection.attempts) throw error;
      broken = error;
    }
    onConnection?.(false);
    lastEventId = parser.lastEventId;
    await connection.wait(broken, failures, signal, parser.retryMs ?? 0);
  }
}

/** The events of one connection. */
async function* readStream(
  connection: Connection,
  path: string,
  parser: SseParser,
  signal: AbortSignal | undefined,
  connected: () => void,
): AsyncGenerator<ServerSentEvent | 'nothing more', void, undefined> {
  const idle = startTimeLimit(connection.idleMs, connection.sleep, signal);
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await connection.open({
      method: 'GET',
      path,
      accept: 'text/event-stream',
      headers: parser.lastEventId === '' ? {} : { 'last-event-id': parser.lastEventId },
      repeatable: true,
      signal: idle.signal,
    });
    if (response.status === 204) return yield 'nothing more';
    reader = streamOf(response).getReader();
    connected();
    for (;;) {
      idle.restart();
      const { done, value } = await reader.read();
      // While the events are looked at, it is not the stream that is idle.
      idle.pause();
      if (done) return;
      yield* parser.push(value);
    }
  } catch (error) {
    if (signal?.aborted === true || error instanceof MarlinApiError) throw error;
    if (error instanceof RangeError) throw clientError('CLIENT_ANSWER_INVALID', error.message, { cause: error });
    if (!idle.expired) throw clientError('CLIENT_UNREACHABLE', 'the stream of events broke', { cause: error });
    throw clientError('CLIENT_TIMED_OUT', `the stream of events was silent for ${connection.idleMs} ms`, {
      cause: error,
    });
  } finally {
    idle.end();
    // Closes the connection where the reader leaves before the stream has ended.
    await reader?.cancel().catch(() => {});
  }
}

function streamOf({ body, headers, status }: Response): ReadableStream<Uint8Array> {
  const type = headers.get('content-type') ?? 'nothing';
  if (body !== null && type.startsWith('text/event-stream')) return body;
  throw clientError('CLIENT_ANSWER_INVALID', `a stream of events was asked for, and ${type} came`, { status });
}
