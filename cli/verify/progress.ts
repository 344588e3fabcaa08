import type { TrainingEvent } from '../../src/training/index.js';
import type { Host } from '../host.js';
import { showDuration, showNumber } from '../numbers.js';
import { liveLine } from '../progress-line.js';
import { fold, initialProgress, type ProgressState } from '../progress-state.js';
import { styleFor } from '../style.js';
import { nameOf, passes, type VerifyCase } from './case.js';
import type { SeedRun } from './run.js';

const REDRAW_MS = 100;
const DEFAULT_WIDTH = 80;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\r\u001b[2K';
/** Characters of the live line that are left to training, whatever the case is called. */
const LEAST_ROOM = 30;

/** Shows a verification on standard error: a line for each seed that is done and, on a terminal, one that redraws itself for what
 *  is being trained. */
export interface VerifyProgress {
  begin(verified: VerifyCase, seed: number): void;
  onEvent(event: TrainingEvent): void;
  end(verified: VerifyCase, run: SeedRun): void;
  note(text: string): void;
  /** Gives the cursor back. */
  close(): void;
}

export function createVerifyProgress(host: Host, total: number, quiet: boolean): VerifyProgress {
  const live = host.stderr.isTTY === true && !host.settings.dumbTerminal && !quiet;
  const style = styleFor(host, host.stderr);
  let done = 0;
  let title = '';
  let state: ProgressState = initialProgress({});
  let drawnAt = -Infinity;
  const draw = (): void => {
    drawnAt = host.clock.monotonic();
    const width = (host.stderr.columns ?? DEFAULT_WIDTH) - 1;
    const before = `${title} `.slice(0, Math.max(0, width - LEAST_ROOM));
    host.stderr.write(HIDE_CURSOR + CLEAR_LINE + style.bold(before) + liveLine(state, width - before.length, style));
  };
  const write = (text: string): void => {
    if (!quiet) host.stderr.write(`${live ? CLEAR_LINE : ''}${text}\n`);
  };
  return {
    begin(verified, seed) {
      title = `${done + 1}/${total} ${nameOf(verified)} seed ${seed}`;
      const { iterations } = verified.job.stop ?? {};
      state = initialProgress(iterations === undefined ? {} : { iterations });
      drawnAt = -Infinity;
    },
    onEvent(event) {
      fold(state, event);
      if (live && host.clock.monotonic() - drawnAt >= REDRAW_MS) draw();
    },
    end({ targets }, run) {
      if (run.interrupted) return;
      done++;
      const figures = targets.map((target, t) => {
        const figure = run.figures[t] ?? NaN;
        return (passes(target, figure) ? style.good : style.bad)(`${target.quantity} ${showNumber(figure)}`);
      });
      write(
        [title, ...(run.error === undefined ? figures : [style.bad(run.error)]), showDuration(run.seconds)].join(' · '),
      );
    },
    note: write,
    close() {
      if (live) host.stderr.write(CLEAR_LINE + SHOW_CURSOR);
    },
  };
}
