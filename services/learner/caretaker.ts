import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Clock, type Logger, MarlinError, serializeError } from '../../src/base/index.js';
import type { Broker } from '../../src/broker/index.js';
import { type Prepared, readPrepared, unmarkPrepared } from '../../src/checkpoints/index.js';
import { isFinal, JOB_ID_PATTERN } from '../../src/jobs/index.js';
import { keepRecord, readKeptRecord } from './kept-jobs.js';

export interface CaretakerOptions {
  /** Folder that all learners share. */
  readonly checkpointFolder: string;
  /** Re-create jobs that the broker has lost. */
  readonly recover: boolean;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}

export interface CaretakerModules {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often lost jobs are looked for, */
const LOST_MS = 1000;
/** and folders that were filled for jobs that never came. */
const ABANDONED_MS = 300_000;
/** A folder is filled in a minute or less. */
const PREPARED_MS = 900_000;
/** No job id begins so. */
const TAKEN_AWAY = '.abandoned-';

/** Looks after the folder of all checkpoints: what of it the broker has lost, and what nobody needs. */
export class Caretaker {
  private readonly options: CaretakerOptions;
  private readonly modules: CaretakerModules;
  private running: Promise<unknown> = Promise.resolve();

  constructor(options: CaretakerOptions, modules: CaretakerModules) {
    this.options = options;
    this.modules = modules;
  }

  start(): void {
    const recovering = this.options.recover
      ? this.repeat(LOST_MS, 'looking for lost jobs', () => this.recover())
      : null;
    const sweeping = this.repeat(ABANDONED_MS, 'looking for abandoned folders', () => this.sweep());
    this.running = Promise.all([recovering, sweeping]);
  }

  /** Resolves when nothing is looked at any more, after the signal has aborted. */
  async settled(): Promise<void> {
    await this.running;
  }

  private async repeat(everyMs: number, what: string, work: () => Promise<void>): Promise<void> {
    const { signal } = this.options;
    while (!signal.aborted) {
      try {
        await work();
      } catch (error) {
        if (signal.aborted) return;
        this.modules.logger.warn({ error: serializeError(error) }, `${what} failed; trying again`);
      }
      await setTimeout(everyMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Submits again what lies unfinished in the folder and is unknown to the broker. */
  async recover(): Promise<void> {
    const { broker, clock, logger } = this.modules;
    const { checkpointFolder } = this.options;
    for (const jobId of readdirSync(checkpointFolder)) {
      const record = readKeptRecord(checkpointFolder, jobId);
      if (record === null || isFinal(record.state)) continue;
      const stored = await broker.jobs.get(jobId);
      if (stored !== null) {
        // Paused, or ended by its owner, while no learner had it: it must not come back as what it was.
        const { state } = stored.record;
        if ((isFinal(state) || state === 'paused') && state !== record.state)
          keepRecord(checkpointFolder, stored.record);
        continue;
      }
      // Deleting a job removes what is kept of it before the record: one that was deleted meanwhile is not lost.
      if (readKeptRecord(checkpointFolder, jobId) === null) continue;
      try {
        const state = record.state === 'paused' ? 'paused' : 'queued';
        await broker.jobs.submit({ ...record, state, updatedAt: clock.now() });
        logger.warn({ jobId }, 'the broker had lost this job; it goes on from its newest checkpoint');
      } catch (error) {
        // Another learner was faster.
        if (!(error instanceof MarlinError) || error.code !== 'BROKER_JOB_EXISTS') throw error;
      }
    }
  }

  /** Removes folders that were filled for a fork whose server died before the job was there. Not those that have a record, whatever
   *  the broker knows: a job may be made of them again. */
  async sweep(): Promise<void> {
    const { checkpointFolder, signal } = this.options;
    for (const name of await readdir(checkpointFolder)) {
      if (signal.aborted) return;
      if (name.startsWith(TAKEN_AWAY)) await this.removeTakenAway(name);
      else if (JOB_ID_PATTERN.test(name)) await this.sweepFolder(name);
    }
  }

  private async sweepFolder(jobId: string): Promise<void> {
    const { checkpointFolder } = this.options;
    const folder = join(checkpointFolder, jobId);
    const prepared = await readPrepared(folder);
    if (prepared === null || !this.isOld(prepared)) return;
    if ((await this.modules.broker.jobs.get(jobId)) !== null) return unmarkPrepared(folder);
    // A repeated request may fill the folder anew at any moment. So it is taken away first, whole, and looked at again: from then on
    // whoever fills it fails, or finds out before the job is there that what it saved is not.
    const taken = join(checkpointFolder, `${TAKEN_AWAY}${jobId}-${randomUUID()}`);
    await rename(folder, taken);
    const now = await readPrepared(taken);
    if (now?.mark !== prepared.mark || (await this.modules.broker.jobs.get(jobId)) !== null) {
      await rename(taken, folder);
      return;
    }
    await rm(taken, { recursive: true, force: true });
    this.modules.logger.info({ jobId }, 'a folder was removed that was filled for a job that never came');
  }

  /** Another learner was killed over it. */
  private async removeTakenAway(name: string): Promise<void> {
    const taken = join(this.options.checkpointFolder, name);
    const prepared = await readPrepared(taken);
    const jobId = name.slice(TAKEN_AWAY.length, -37);
    if (prepared === null || !this.isOld(prepared) || (await this.modules.broker.jobs.get(jobId)) !== null) return;
    await rm(taken, { recursive: true, force: true });
  }

  private isOld({ at }: Prepared): boolean {
    return this.modules.clock.now() - at > PREPARED_MS;
  }
}
