import type { Client, Job } from '../../client/index.js';
import { readSeries } from './job-feed.js';
import type { Line } from './job-lines.js';
import type { XAxis } from './points-of.js';

/** A job among others, as it is now. */
export interface ComparedJob {
  readonly id: string;
  readonly job: Job | undefined;
  readonly lines: readonly Line[];
  /** Why it could not be read. */
  readonly error: unknown;
}

const ENDED: ReadonlySet<Job['state']> = new Set(['succeeded', 'failed', 'cancelled']);

/** Reads jobs and their curves; what has ended since the last time is not read again. One that cannot be read does not keep the others
 *  from being shown. */
export async function readCompared(
  client: Pick<Client, 'getJob' | 'getJobMetrics'>,
  ids: readonly string[],
  axis: XAxis,
  before: readonly ComparedJob[],
  signal: AbortSignal,
): Promise<ComparedJob[]> {
  return Promise.all(
    ids.map(async (id): Promise<ComparedJob> => {
      const known = before.find((own) => own.id === id);
      if (known?.job !== undefined && ENDED.has(known.job.state) && known.error === undefined) return known;
      try {
        const job = await client.getJob(id, { signal });
        const { series } = await readSeries(client, id, axis, signal);
        return { id, job, lines: series, error: undefined };
      } catch (error) {
        signal.throwIfAborted();
        return { id, job: known?.job, lines: known?.lines ?? [], error };
      }
    }),
  );
}

/** Names that tell the jobs apart: where several have the same, the end of their ids is added. */
export function namesOf(compared: readonly ComparedJob[]): string[] {
  const plain = compared.map(({ id, job }) => job?.name ?? id);
  return plain.map((name, i) =>
    plain.filter((other) => other === name).length === 1 ? name : `${name} …${compared[i]!.id.slice(-5)}`,
  );
}
