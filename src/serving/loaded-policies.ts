import { readFile } from 'node:fs/promises';
import { MarlinError } from '../base/index.js';
import type { Kernels } from '../kernels/index.js';
import { servingError } from './errors.js';
import { PolicyRunner } from './runner.js';

/** The policies that a thread holds, by their files; those unused for longest go when the kernels' memory is more than `maximumBytes`. */
export class LoadedPolicies {
  private readonly kernels: Kernels;
  private readonly maximumBytes: number;
  private readonly read: (path: string) => Promise<Uint8Array>;
  private readonly blockRows: number | undefined;
  /** In order of use. */
  private readonly loaded = new Map<string, PolicyRunner>();

  constructor(
    kernels: Kernels,
    maximumBytes: number,
    read: (path: string) => Promise<Uint8Array> = (path) => readFile(path),
    blockRows?: number,
  ) {
    this.kernels = kernels;
    this.maximumBytes = maximumBytes;
    this.read = read;
    this.blockRows = blockRows;
  }

  /** Of the kernels' memory. */
  get bytes(): number {
    return this.kernels.allocatedBytes;
  }

  get count(): number {
    return this.loaded.size;
  }

  /** A policy that is loaded, which counts as using it. */
  find(path: string): PolicyRunner | null {
    const known = this.loaded.get(path);
    if (known === undefined) return null;
    this.loaded.delete(path);
    this.loaded.set(path, known);
    return known;
  }

  /** Rejects with SERVING_FILE_UNREADABLE and SERVING_POLICY_TOO_LARGE. One call at a time. */
  async get(path: string): Promise<PolicyRunner> {
    const known = this.find(path);
    if (known !== null) return known;
    const runner = await this.open(path);
    this.loaded.set(path, runner);
    this.trim(1);
    if (this.bytes <= this.maximumBytes) return runner;
    const { bytes } = this;
    this.trim();
    throw tooLarge(bytes, this.maximumBytes);
  }

  forget(path: string): void {
    this.loaded.get(path)?.dispose();
    this.loaded.delete(path);
  }

  /** Acting on more rows than ever before takes more memory: lets go of what is too much, but for the `kept` used last. */
  trim(kept = 0): void {
    for (const [path, runner] of this.loaded) {
      if (this.bytes <= this.maximumBytes || this.loaded.size <= kept) return;
      this.loaded.delete(path);
      runner.dispose();
    }
  }

  private async open(path: string): Promise<PolicyRunner> {
    try {
      return new PolicyRunner(this.kernels, await this.read(path), this.blockRows);
    } catch (error) {
      const reason = error instanceof MarlinError ? error.code : ((error as NodeJS.ErrnoException).code ?? 'unknown');
      const message = `the file of a served policy cannot be read (${reason})`;
      throw servingError('SERVING_FILE_UNREADABLE', message, { cause: error });
    }
  }
}

export const tooLarge = (bytes: number, limit: number): MarlinError =>
  servingError('SERVING_POLICY_TOO_LARGE', `the policy needs ${bytes} bytes, and those of a thread may take ${limit}`, {
    data: { bytes, limit },
  });
