import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cliError } from '../errors.js';
import { EXIT, type Host } from '../host.js';
import { readEvents } from '../metrics-log.js';
import { findRunFolder, readJobFile } from '../run-folder.js';
import { TensorBoardLog } from '../tensorboard/log.js';

export interface TensorBoardFlags {
  /** Folder of the files; default: tensorboard in the run's folder. */
  readonly out?: string;
}

/** marlin tensorboard: writes what metrics.jsonl has of a run as TensorBoard's event files, at the times at which it happened. */
export async function tensorboard(host: Host, run: string, flags: TensorBoardFlags): Promise<number> {
  const found = findRunFolder(run, 'runs');
  const { createdAt } = await readJobFile(found);
  const folder = flags.out === undefined ? join(found.path, 'tensorboard') : resolve(flags.out);
  if (existsSync(folder) && readdirSync(folder).some((name) => name.includes('tfevents'))) {
    throw cliError('CLI_USAGE', `${folder} has event files already; name another folder with --out, or remove them`);
  }
  if (!existsSync(found.metricsFile)) {
    throw cliError('RUN_EMPTY', `${found.path} has no metrics yet`, { data: { run } });
  }
  const begun = Date.parse(createdAt) / 1000;
  let wallTime = begun;
  const log = new TensorBoardLog(
    { folder, histogramsEvery: 0 },
    { now: () => wallTime, note: (text) => host.stderr.write(`${text}\n`) },
  );
  for (const event of readEvents(found.metricsFile)) {
    if ('wallSeconds' in event) wallTime = begun + event.wallSeconds;
    log.onEvent(event);
  }
  log.close();
  host.stdout.write(`${folder}\n`);
  return log.lost === 0 ? EXIT.success : EXIT.failure;
}
