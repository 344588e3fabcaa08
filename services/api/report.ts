import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageFile } from '../../src/base/index.js';
import type { Events } from '../../src/broker/index.js';

export type ReportedJob = Parameters<typeof import('../../src/report/index.js').renderReport>[0]['job'];

export interface Report {
  /** UTF-8. */
  readonly bytes: Uint8Array;
  /** Content-Security-Policy that it is to be served under. */
  readonly policy: string;
}

/** Events read at once: handing over more would keep other requests waiting. */
const PAGE = 50;
/** The thread holds a history of ten thousand events, and is ended when it needs more than that should. */
const MEMORY_MB = 1024;

/** Makes a job's report in a thread of its own. Rejects with what the broker rejects with, with the signal's reason, and where the
 *  thread fails. */
export async function makeReport(events: Pick<Events, 'read'>, job: ReportedJob, signal: AbortSignal): Promise<Report> {
  signal.throwIfAborted();
  const worker = new Worker(packageFile('dist/services/api/report-worker.js'), {
    workerData: { job },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  const made = new Promise<Report>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread of a report ended with code ${code}`)));
  });
  const aborted = (): void => void worker.terminate();
  signal.addEventListener('abort', aborted);
  try {
    // Whoever waits for it below is told; it may fail before.
    made.catch(() => {});
    for (let sequence = 0; ; ) {
      const page = await events.read(job.job, sequence, PAGE);
      signal.throwIfAborted();
      worker.postMessage(page.map(({ payload }) => payload));
      sequence = page.at(-1)?.sequence ?? sequence;
      if (page.length < PAGE) break;
    }
    worker.postMessage(null);
    return await made;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', aborted);
    await worker.terminate();
  }
}

/** uPlot's script and style as text: the page carries them, so that it needs no network. */
export async function readUplot(): Promise<{ readonly js: string; readonly css: string }> {
  const folder = dirname(createRequire(import.meta.url).resolve('uplot'));
  const [js = '', css = ''] = await Promise.all(
    ['uPlot.iife.min.js', 'uPlot.min.css'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { js, css };
}

/** What a browser is to allow the page: its own scripts, which are known by their hashes, in an origin of its own, so that even a
 *  script that someone smuggled into it could ask this server for nothing. */
export function policyFor(html: string): string {
  const hashes = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(
    ([, script]) => `'sha256-${createHash('sha256').update(script!).digest('base64')}'`,
  );
  const scripts = hashes.length === 0 ? "'none'" : hashes.join(' ');
  return `default-src 'none'; script-src ${scripts}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts`;
}
