import { connectionError, readError, repeatingAfter } from './answer.js';
import { type Backoff, jitteredDelay } from './backoff.js';
import { clientError, MarlinApiError } from './errors.js';
import { type Sleep, startTimeLimit, timerSleep } from './sleep.js';

export interface ClientOptions {
  /** Where the API is: http://127.0.0.1:8080, or an address with a path before /v1. */
  readonly url: string;
  /** An API key; none is needed where the API listens on its own machine only. */
  readonly key?: string;
  readonly fetch?: typeof fetch;
  /** Uniform in [0, 1): spreads repetitions in time and mints idempotency keys. Default: the platform's secure source. */
  readonly random?: () => number;
  readonly sleep?: Sleep;
  /** How often a request is sent in all before its failure is told. Default 6, which lasts about ten seconds. */
  readonly attempts?: number;
  /** How long one attempt may take, in milliseconds. Default 30 s. */
  readonly timeoutMs?: number;
  /** A stream that says nothing for so long, in milliseconds, is taken for broken. Default 45 s, three heartbeats. */
  readonly idleMs?: number;
  /** Told before each wait for the next attempt. */
  readonly onRetry?: (retry: { readonly error: MarlinApiError; readonly delayMs: number }) => void;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From /, with its query. */
  readonly path: string;
  /** Bytes are sent as they are, everything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly accept?: string;
  /** Whether sending it twice does what sending it once does. */
  readonly repeatable: boolean;
  /** How long one attempt may take, where it is not as long as any. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

/** What is known when an answer is read. */
export interface Attempt {
  /** Whether an attempt before this one may have had its effect without our hearing of it. */
  readonly afterDoubt: boolean;
}

const ATTEMPTS = 6;
const TIMEOUT_MS = 30_000;
const IDLE_MS = 45_000;
const BACKOFF: Backoff = { baseMs: 500, capMs: 8000 };
/** Whoever asks to wait for longer is not waited for. */
const LONGEST_RETRY_AFTER_MS = 60_000;

/** Sends requests to one API: with its key, each attempt limited in time, and again after a while where that may help. */
export class Connection {
  readonly random: () => number;
  readonly sleep: Sleep;
  readonly idleMs: number;
  readonly attempts: number;
  readonly #base: string;
  readonly #key: string | undefined;
  readonly #fetch: typeof fetch;
  readonly #timeoutMs: number;
  readonly #onRetry: ClientOptions['onRetry'];

  /** Throws CLIENT_OPTIONS_INVALID. */
  constructor(options: ClientOptions) {
    this.#base = readBase(options.url);
    this.#key = readKey(options.key);
    // Called as a function of its own: a browser's fetch refuses to be a method of anything else.
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
    this.random = options.random ?? secureRandom;
    this.sleep = options.sleep ?? timerSleep;
    this.idleMs = options.idleMs ?? IDLE_MS;
    this.attempts = options.attempts ?? ATTEMPTS;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.#onRetry = options.onRetry;
  }

  /** Sends a request until it is answered, and reads the answer of a success. `readFailure` may make a success of a failure. */
  async send<T>(
    request: ApiRequest,
    read: (response: Response) => Promise<T>,
    readFailure?: (error: MarlinApiError, attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    let afterDoubt = false;
    for (let failures = 0; ; failures++) {
      let error: MarlinApiError;
      try {
        return await this.#attempt(request, read);
      } catch (thrown) {
        request.signal?.throwIfAborted();
        if (!(thrown instanceof MarlinApiError)) throw thrown;
        error = thrown;
      }
      const repeating = repeatingAfter(error);
      const again = repeating === 'always' || (repeating === 'onlyIfRepeatable' && request.repeatable);
      if (!again && readFailure !== undefined) return await readFailure(error, { afterDoubt });
      if (!again || failures + 1 >= this.attempts || (error.retryAfterMs ?? 0) > LONGEST_RETRY_AFTER_MS) throw error;
      if (repeating === 'onlyIfRepeatable') afterDoubt = true;
      await this.wait(error, failures, request.signal);
    }
  }

  /** Sends a request once and returns its answer as soon as it begins; what is read of it is not limited in time. */
  async open(request: ApiRequest): Promise<Response> {
    const limit = startTimeLimit(this.#limitOf(request), this.sleep, undefined);
    // The body goes on after the limit has ended, so the caller's signal is the body's too.
    const signal = request.signal === undefined ? limit.signal : AbortSignal.any([limit.signal, request.signal]);
    try {
      const response = await this.#fetchOnce(request, signal);
      if (!response.ok) throw await readError(response);
      return response;
    } catch (error) {
      throw this.#translate(error, request, limit.expired);
    } finally {
      limit.end();
    }
  }

  /** Waits before the next attempt: at random, and at least as long as the server asked for. */
  async wait(error: MarlinApiError, failures: number, signal?: AbortSignal, leastMs = 0): Promise<void> {
    const delayMs = Math.max(error.retryAfterMs ?? 0, leastMs) + jitteredDelay(BACKOFF, failures, this.random);
    this.#onRetry?.({ error, delayMs });
    await this.sleep(delayMs, signal ?? new AbortController().signal);
  }

  async #attempt<T>(request: ApiRequest, read: (response: Response) => Promise<T>): Promise<T> {
    const limit = startTimeLimit(this.#limitOf(request), this.sleep, request.signal);
    try {
      const response = await this.#fetchOnce(request, limit.signal);
      if (!response.ok) throw await readError(response);
      return await read(response);
    } catch (error) {
      throw this.#translate(error, request, limit.expired);
    } finally {
      limit.end();
    }
  }

  #fetchOnce({ method, path, body, headers, accept }: ApiRequest, signal: AbortSignal): Promise<Response> {
    return this.#fetch(this.#base + path, {
      method,
      headers: {
        accept: accept ?? 'application/json',
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': isBytes(body) ? 'application/octet-stream' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isBytes(body) ? body : JSON.stringify(body) }),
      // The API redirects nowhere, and the key is for it alone.
      redirect: 'manual',
      credentials: 'omit',
      signal,
    });
  }

  #limitOf({ timeoutMs = this.#timeoutMs }: ApiRequest): number {
    return timeoutMs;
  }

  #translate(error: unknown, request: ApiRequest, expired: boolean): unknown {
    if (error instanceof MarlinApiError || request.signal?.aborted === true) return error;
    const url = this.#base + request.path;
    if (!expired) return connectionError(error, url);
    return clientError('CLIENT_TIMED_OUT', `${url} did not answer within ${this.#limitOf(request)} ms`, {
      cause: error,
    });
  }
}

function readBase(url: string): string {
  const refuse = (why: string): never => {
    throw clientError('CLIENT_OPTIONS_INVALID', `${JSON.stringify(url)} cannot be the address of an API: ${why}`);
  };
  if (!URL.canParse(url)) return refuse('it is no URL');
  const { protocol, origin, pathname, search, hash, username, password } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return refuse('it is neither http nor https');
  if (username !== '' || password !== '') {
    // Not shown: what it holds is a secret.
    throw clientError('CLIENT_OPTIONS_INVALID', 'the address of an API holds no user name or password; pass a key');
  }
  if (search !== '' || hash !== '') return refuse('it has a query or a fragment');
  return origin + pathname.replace(/\/+$/, '');
}

function readKey(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]{1,4096}$/.test(key)) return key;
  throw clientError('CLIENT_OPTIONS_INVALID', 'the API key is empty or has characters that no key has');
}

/** 32 bits are plenty for waiting; keys are put together from several. */
const secureRandom = (): number => crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;

const isBytes = (body: unknown): body is Uint8Array<ArrayBuffer> => body instanceof Uint8Array;
