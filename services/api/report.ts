import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Events } from '../../src/broker/index.js';
import { readTold } from './series/told.js';

type TrainingEvents = Parameters<typeof import('../../src/report/index.js').renderReport>[0]['events'];

/** Events read at once. */
const PAGE = 200;

/** The events of a job that count: not what was told of iterations that were made again, nor what a learner told after another had
 *  begun. Rejects with what the broker rejects with. */
export async function readEvents(events: Pick<Events, 'read'>, jobId: string): Promise<TrainingEvents> {
  let counting: TrainingEvents[number][] = [];
  let term = 0;
  for (let sequence = 0; ; ) {
    const page = await events.read(jobId, sequence, PAGE);
    for (const event of page) {
      sequence = event.sequence;
      const told = readTold(event);
      if (told === null || told.type === 'failed' || (told.term ?? 0) < term) continue;
      term = told.term ?? 0;
      if (told.type === 'started') {
        const { iteration } = told;
        // Begun anew, or gone on with from a checkpoint; either way what ended before did not end.
        counting = counting.filter(
          (earlier) => earlier.type !== 'finished' && earlier.iteration <= iteration && iteration > 0,
        );
      }
      counting.push(told);
    }
    if (page.length < PAGE) return counting;
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
