import type { Worker } from 'node:worker_threads';
import { deserializeError, type MarlinError } from '../base/index.js';
import { servingError } from './errors.js';
import type { ActAnswer, ActRequest, Call, CallAnswer, CallFailure, FromThread, ToThread } from './messages.js';
import { type CreateThread, createServingThread } from './thread.js';

export interface ActThreadsOptions {
  /** Threads that act, at most; each is begun when it is needed. */
  readonly threads: number;
  /** Most bytes of the policies that all threads hold together. */
  readonly policyBytes: number;
  /** Requests that may wait or be acted on at a time, */
  readonly calls: number;
  /** and the bytes of their bodies. */
  readonly callBytes: number;
  /** A thread that has not answered for so long is ended. */
  readonly stuckMs: number;
}

interface Waiting {
  readonly call: Call;
  readonly resolve: (answer: ActAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** Messages that a thread has at a time: one that it works on, and the next. What comes meanwhile waits here, where it can still be
 *  dropped, and goes out together. */
const MESSAGES_AHEAD = 2;
/** Requests of a message, */
const MESSAGE_CALLS = 64;
/** and bytes from which on it takes no more. */
const MESSAGE_BYTES = 1 << 18;

/** The threads that act. A thread that dies is replaced, and what it was asked fails. */
export class ActThreads {
  private readonly options: ActThreadsOptions;
  private readonly createThread: CreateThread;
  private readonly threads: ActThread[] = [];
  private readonly waiting = new Set<Waiting>();
  private calls = 0;
  private callBytes = 0;
  private ids = 0;
  private closed = false;

  constructor(options: ActThreadsOptions, createThread: CreateThread = createServingThread) {
    this.options = options;
    this.createThread = createThread;
  }

  /** Requests that are not answered yet. */
  get unanswered(): number {
    return this.calls;
  }

  /** Bytes of the policies that the threads hold. */
  get loadedBytes(): number {
    return this.threads.reduce((sum, thread) => sum + thread.loaded.bytes, 0);
  }

  /** The body's memory is given away. Rejects with SERVING_OVERLOADED, SERVING_THREAD_LOST, the signal's reason, and as acting does. */
  async act(request: ActRequest, signal?: AbortSignal): Promise<ActAnswer> {
    signal?.throwIfAborted();
    const bytes = request.body.byteLength;
    if (this.closed) throw servingError('SERVING_THREAD_LOST', 'the server stops');
    if (this.calls >= this.options.calls || this.callBytes + bytes > this.options.callBytes) {
      throw servingError(
        'SERVING_OVERLOADED',
        `${this.calls} requests for actions, of ${this.callBytes} bytes, wait; so many may`,
      );
    }
    this.calls++;
    this.callBytes += bytes;
    let withdraw: (() => void) | undefined;
    try {
      return await new Promise<ActAnswer>((resolve, reject) => {
        const own: Waiting = { call: { ...request, id: ++this.ids }, resolve, reject };
        withdraw = () => {
          this.waiting.delete(own);
          reject(signal?.reason);
        };
        signal?.addEventListener('abort', withdraw, { once: true });
        this.waiting.add(own);
        this.dispatch();
      });
    } finally {
      if (withdraw !== undefined) signal?.removeEventListener('abort', withdraw);
      this.calls--;
      this.callBytes -= bytes;
    }
  }

  /** Ends the threads; what is not answered is rejected. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { reject } of this.waiting) reject(servingError('SERVING_THREAD_LOST', 'the server stops'));
    this.waiting.clear();
    await Promise.all(this.threads.map((thread) => thread.end('the server stops')));
  }

  private dispatch(): void {
    while (this.waiting.size > 0 && !this.closed) {
      const thread = this.idlest();
      if (thread === null) return;
      thread.send(this.nextCalls());
    }
  }

  /** The thread with the fewest messages, a new one where each has some and another may be made; null where all have enough. */
  private idlest(): ActThread | null {
    let best: ActThread | null = null;
    for (const thread of this.threads) if (best === null || thread.messages < best.messages) best = thread;
    if ((best === null || best.messages > 0) && this.threads.length < this.options.threads) {
      best = this.begin();
    }
    return best === null || best.messages >= MESSAGES_AHEAD ? null : best;
  }

  private begin(): ActThread {
    const { threads, policyBytes, stuckMs } = this.options;
    const worker = this.createThread({ policyBytes: Math.floor(policyBytes / threads) });
    const thread = new ActThread(worker, stuckMs, {
      answered: () => this.dispatch(),
      ended: () => {
        this.threads.splice(this.threads.indexOf(thread), 1);
        this.dispatch();
      },
    });
    this.threads.push(thread);
    return thread;
  }

  private nextCalls(): Waiting[] {
    const taken: Waiting[] = [];
    let bytes = 0;
    for (const own of this.waiting) {
      taken.push(own);
      this.waiting.delete(own);
      bytes += own.call.body.byteLength;
      if (taken.length >= MESSAGE_CALLS || bytes >= MESSAGE_BYTES) break;
    }
    return taken;
  }
}

interface Listener {
  /** A message was. */
  answered(): void;
  ended(): void;
}

/** One thread, and what it has been asked. */
class ActThread {
  /** Messages that it has not answered. */
  messages = 0;
  loaded = { policies: 0, bytes: 0 };
  private readonly worker: Worker;
  private readonly stuckMs: number;
  private readonly listener: Listener;
  private readonly asked = new Map<number, Waiting>();
  private timer: NodeJS.Timeout | undefined;

  constructor(worker: Worker, stuckMs: number, listener: Listener) {
    this.worker = worker;
    this.stuckMs = stuckMs;
    this.listener = listener;
    // A process that has nothing else to do may end.
    worker.unref();
    worker.on('message', (message: FromThread) => this.receive(message));
    // What is thrown outside of a message is told by `exit`, which follows.
    worker.on('error', () => {});
    worker.on('exit', () => {
      clearTimeout(this.timer);
      this.fail('the thread that was to act ended before it had');
      listener.ended();
    });
  }

  send(calls: readonly Waiting[]): void {
    this.messages++;
    for (const own of calls) this.asked.set(own.call.id, own);
    const buffers = new Set(calls.map(({ call }) => call.body.buffer as ArrayBuffer));
    this.worker.postMessage({ type: 'act', calls: calls.map(({ call }) => call) } satisfies ToThread, [...buffers]);
    if (this.messages === 1) this.watch();
  }

  async end(why: string): Promise<void> {
    this.fail(why);
    await this.worker.terminate();
  }

  private receive(message: FromThread): void {
    this.messages--;
    if (message.type === 'acted') {
      this.loaded = message.loaded;
      for (const answer of message.answers) this.settle(answer);
    }
    clearTimeout(this.timer);
    if (this.messages > 0) this.watch();
    this.listener.answered();
  }

  private settle(answer: CallAnswer | CallFailure): void {
    const own = this.asked.get(answer.id);
    this.asked.delete(answer.id);
    if ('error' in answer) own?.reject(deserializeError(answer.error) satisfies MarlinError);
    else own?.resolve(answer);
  }

  private watch(): void {
    this.timer = setTimeout(() => void this.end(`a thread has not answered for ${this.stuckMs} ms`), this.stuckMs);
    this.timer.unref();
  }

  private fail(why: string): void {
    for (const { reject } of this.asked.values()) reject(servingError('SERVING_THREAD_LOST', why));
    this.asked.clear();
  }
}
