import type { JobSpec } from '../src/jobs/index.js';
import type { TrainingEvent } from '../src/training/index.js';
import type { Host } from './host.js';
import { liveLine, plainLine } from './progress-line.js';
import { fold, initialProgress, type ProgressState } from './progress-state.js';
import { type Style, styleFor } from './style.js';

const REDRAW_MS = 100;
const PLAIN_MS = 5000;
const DEFAULT_WIDTH = 80;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_LINE = '\r\u001b[2K';

/** Shows training on standard error: a line that redraws itself on a terminal (at most ten times a second), else plain lines
 *  every few seconds and at every evaluation. Time passes only as events come; there are no timers. */
export interface Progress {
  readonly state: ProgressState;
  onEvent(event: TrainingEvent): void;
  /** A message that stays, above the live line. */
  note(text: string): void;
  /** Leaves the last line standing and gives the cursor back. */
  close(): void;
}

export function createProgress(host: Host, stop: JobSpec['stop'], quiet: boolean): Progress {
  const state = initialProgress(stop);
  const live = host.stderr.isTTY === true && !host.settings.dumbTerminal;
  const style = styleFor(host, host.stderr);
  if (quiet) return { state, onEvent: (event) => fold(state, event), note: () => {}, close: () => {} };
  return live ? liveProgress(host, state, style) : plainProgress(host, state, style);
}

function liveProgress(host: Host, state: ProgressState, style: Style): Progress {
  let drawnAt = -Infinity;
  let closed = false;
  const draw = (): void => {
    drawnAt = host.clock.monotonic();
    // The last column stays free: some terminals wrap as soon as it is written.
    const width = (host.stderr.columns ?? DEFAULT_WIDTH) - 1;
    host.stderr.write(HIDE_CURSOR + CLEAR_LINE + liveLine(state, width, style));
  };
  return {
    state,
    onEvent(event) {
      fold(state, event);
      if (!closed && host.clock.monotonic() - drawnAt >= REDRAW_MS) draw();
    },
    note(text) {
      host.stderr.write(`${CLEAR_LINE}${text}\n`);
      if (!closed) draw();
    },
    close() {
      if (closed) return;
      closed = true;
      if (state.started !== undefined) draw();
      host.stderr.write(`${state.started === undefined ? '' : '\n'}${SHOW_CURSOR}`);
    },
  };
}

function plainProgress(host: Host, state: ProgressState, style: Style): Progress {
  let writtenAt = -Infinity;
  const write = (): void => {
    writtenAt = host.clock.monotonic();
    host.stderr.write(`${plainLine(state, style)}\n`);
  };
  return {
    state,
    onEvent(event) {
      fold(state, event);
      const due = host.clock.monotonic() - writtenAt >= PLAIN_MS;
      if (event.type === 'evaluation' || (event.type === 'iteration' && due)) write();
    },
    note: (text) => {
      host.stderr.write(`${text}\n`);
    },
    close: () => {},
  };
}
