import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readEvents } from './metrics-log.js';
import { type RunFolder, readJobFile, writeWhole } from './run-folder.js';

/** Writes report.html from what the run's folder holds. */
export async function writeReport(folder: RunFolder): Promise<void> {
  const { renderReport } = await import('../src/report/index.js');
  const events = existsSync(folder.metricsFile) ? readEvents(folder.metricsFile) : [];
  writeWhole(folder.reportFile, renderReport({ job: await readJobFile(folder), events, uplot: await readUplot() }));
}

/** uPlot's script and style as text: the report carries them, so that it needs no network. */
async function readUplot(): Promise<{ js: string; css: string }> {
  const folder = dirname(createRequire(import.meta.url).resolve('uplot'));
  const [js, css] = await Promise.all(
    ['uPlot.iife.min.js', 'uPlot.min.css'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return { js: js ?? '', css: css ?? '' };
}
