import type { Weights } from '../port.js';
import { noneOfEpoch, weightsConflict, weightsFenced, weightsUnknown } from '../refusals.js';
import { assertInteger, assertJobId } from '../validate.js';
import type { Waiting } from '../waiting.js';

interface Published {
  readonly epoch: number;
  readonly weights: Uint8Array;
}

export class MemoryWeights implements Weights {
  readonly #jobs = new Map<string, Map<number, Published>>();
  readonly #waiting: Waiting;
  readonly #epochOf: (jobId: string) => number;

  constructor(waiting: Waiting, epochOf: (jobId: string) => number) {
    this.#waiting = waiting;
    this.#epochOf = epochOf;
  }

  async publish(jobId: string, version: number, epoch: number, weights: Uint8Array): Promise<void> {
    this.#waiting.assertOpen();
    assertJobId(jobId);
    assertInteger('version', version, 0);
    const current = this.#epochOf(jobId);
    if (epoch !== current || current === 0) throw weightsFenced(jobId, version, epoch, current);
    const versions = this.#jobs.get(jobId) ?? new Map<number, Published>();
    const former = versions.get(version);
    // Only within an epoch: an asynchronous schedule that recovers from a checkpoint reaches other weights the second time.
    if (former !== undefined && former.epoch === epoch && !sameBytes(former.weights, weights)) {
      throw weightsConflict(jobId, version, epoch);
    }
    versions.set(version, { epoch, weights });
    this.#jobs.set(jobId, versions);
  }

  async fetch(jobId: string, version: number): Promise<Uint8Array> {
    this.#waiting.assertOpen();
    const published = this.#jobs.get(jobId)?.get(version);
    if (published !== undefined) return published.weights;
    throw weightsUnknown(jobId, version);
  }

  async newest(jobId: string, epoch: number): Promise<number> {
    this.#waiting.assertOpen();
    let newest = -1;
    for (const [version, published] of this.#jobs.get(jobId) ?? []) {
      if (published.epoch === epoch && version > newest) newest = version;
    }
    if (newest === -1) throw noneOfEpoch(jobId, epoch);
    return newest;
  }

  async prune(jobId: string, version: number, epoch?: number): Promise<void> {
    this.#waiting.assertOpen();
    if (epoch !== undefined && epoch < this.#epochOf(jobId)) return;
    const versions = this.#jobs.get(jobId);
    if (versions === undefined) return;
    for (const known of versions.keys()) if (known < version) versions.delete(known);
    if (versions.size === 0) this.#jobs.delete(jobId);
  }

  forget(jobId: string): void {
    this.#jobs.delete(jobId);
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a === b || Buffer.compare(a, b) === 0;
}
