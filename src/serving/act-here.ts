import { MarlinError } from '../base/index.js';
import { createKernels } from '../kernels/index.js';
import { answerQuestion, readQuestion } from './answer.js';
import { LoadedPolicies } from './loaded-policies.js';
import type { ActAnswer, ActRequest } from './messages.js';

/** Rows that go through a network at a time: those that come here are few. */
const BLOCK_ROWS = 16;
/** Files that are known to be none for here. */
const MOST_UNFIT = 1000;

/** Acts in the thread that asks, which nothing may hold up for long: small requests to small policies. */
export class ActHere {
  private readonly policies: LoadedPolicies;
  private readonly mostWork: number;
  private readonly loading = new Map<string, Promise<void>>();
  private readonly unfit = new Set<string>();

  /** `mostWork`: multiply-adds of one request; `policyBytes`: most memory of the policies. */
  constructor(mostWork: number, policyBytes: number, read?: (path: string) => Promise<Uint8Array>) {
    this.mostWork = mostWork;
    this.policies = new LoadedPolicies(createKernels('auto'), policyBytes, read, BLOCK_ROWS);
  }

  get loadedBytes(): number {
    return this.policies.bytes;
  }

  /** The answer; null where the policy is not loaded here, and where there is more to do than may be. Throws as acting does. */
  act(request: ActRequest): ActAnswer | null {
    const runner = this.policies.find(request.path);
    if (runner === null) return null;
    const question = readQuestion(runner, request);
    if (question.rows * runner.rowWork > this.mostWork) return null;
    const answer = answerQuestion(runner, question, request);
    this.policies.trim(1);
    return answer;
  }

  /** Loads a policy, where it can act here. Rejects with SERVING_FILE_UNREADABLE. */
  load(path: string): Promise<void> {
    if (this.unfit.has(path)) return Promise.resolve();
    let loading = this.loading.get(path);
    if (loading === undefined) {
      loading = this.loadNow(path).finally(() => this.loading.delete(path));
      this.loading.set(path, loading);
    }
    return loading;
  }

  private async loadNow(path: string): Promise<void> {
    try {
      const { rowWork } = await this.policies.get(path);
      if (rowWork <= this.mostWork) return;
      this.policies.forget(path);
    } catch (error) {
      if (!(error instanceof MarlinError) || error.code !== 'SERVING_POLICY_TOO_LARGE') throw error;
    }
    if (this.unfit.size >= MOST_UNFIT) this.unfit.clear();
    this.unfit.add(path);
  }
}
