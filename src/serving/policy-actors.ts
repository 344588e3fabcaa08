import type { ActHere } from './act-here.js';
import { ActThreads, type ActThreadsOptions } from './act-threads.js';
import type { ActAnswer, ActRequest } from './messages.js';
import { type CreateThread, createServingThread } from './thread.js';

/** Multiply-adds of a request that is answered in the thread that asks: some 35 µs, which is what the way to another thread and back
 *  takes at least, and a waiting one more. */
const WORK_HERE = 1 << 17;
/** And the bytes of its body. */
const BYTES_HERE = 1 << 13;
/** Share of the memory of policies that is for those in the thread that asks. */
const SHARE_HERE = 1 / 16;

export type PolicyActorsOptions = ActThreadsOptions;

/** A request, and how many parameters its policy has. */
export interface ActorRequest extends ActRequest {
  readonly parameters: number;
}

/** Who acts: small policies at once, in the thread that asks; for everything else, and until they are loaded, threads of their own. */
export class PolicyActors {
  private readonly options: PolicyActorsOptions;
  private readonly threads: ActThreads;
  private here: ActHere | null = null;
  private made: Promise<ActHere> | null = null;

  constructor(options: PolicyActorsOptions, createThread: CreateThread = createServingThread) {
    this.options = options;
    this.threads = new ActThreads(
      { ...options, policyBytes: options.threads * threadPolicyBytes(options) },
      createThread,
    );
  }

  /** Requests that threads have not answered yet. */
  get unanswered(): number {
    return this.threads.unanswered;
  }

  /** Bytes of the policies that are loaded. */
  get loadedBytes(): number {
    return this.threads.loadedBytes + (this.here?.loadedBytes ?? 0);
  }

  /** The answer of a small policy that is loaded here; otherwise null. Throws as acting does. */
  actNow({ parameters, ...request }: ActorRequest): ActAnswer | null {
    return this.here !== null && isSmall(request, parameters) ? this.here.act(request) : null;
  }

  /** Has a thread act; a small policy is loaded here meanwhile, for the next. Rejects with SERVING_OVERLOADED, SERVING_THREAD_LOST,
   *  the signal's reason, and as acting does. */
  act({ parameters, ...request }: ActorRequest, signal?: AbortSignal): Promise<ActAnswer> {
    // What is wrong with the file is told by the thread.
    if (isSmall(request, parameters)) this.bring(request.path).catch(() => {});
    // Memory of its own, which can be given away: what Node reads into may be shared by several bodies.
    return this.threads.act({ ...request, body: new Uint8Array(request.body) }, signal);
  }

  /** Ends the threads; what is not answered is rejected. */
  close(): Promise<void> {
    return this.threads.close();
  }

  /** Numeric code is loaded when there is a policy to act by. */
  private async bring(path: string): Promise<void> {
    const budget = Math.floor(this.options.policyBytes * SHARE_HERE);
    this.made ??= import('./act-here.js').then(({ ActHere }) => new ActHere(WORK_HERE, budget));
    this.here = await this.made;
    await this.here.load(path);
  }
}

/** Most bytes of the policies that a thread holds. */
export const threadPolicyBytes = ({
  policyBytes,
  threads,
}: Pick<PolicyActorsOptions, 'policyBytes' | 'threads'>): number =>
  Math.floor((policyBytes * (1 - SHARE_HERE)) / threads);

const isSmall = ({ body }: ActRequest, parameters: number): boolean =>
  parameters <= WORK_HERE && body.byteLength <= BYTES_HERE;
