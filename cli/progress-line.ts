import { showBriefly, showDuration, showRate } from './numbers.js';
import { overallRate, type ProgressState, secondsLeft, shareDone } from './progress-state.js';
import type { Style } from './style.js';

/** Agents whose numbers are shown one by one; of more, the least, the mean and the greatest are. */
const AGENTS_SHOWN = 4;
const WIDEST_BAR = 24;
const NARROWEST_BAR = 6;
const WIN_SHARE = 'stepWinShare';

/** A piece of the line: its text, and how much it costs to lose it (the lowest goes first when the line is too long). */
interface Piece {
  readonly text: string;
  readonly weight: number;
  readonly paint?: (text: string) => string;
}

/** The live line: no longer than `width` characters, styles not counted. */
export function liveLine(state: ProgressState, width: number, style: Style): string {
  const pieces = pieceList(state, style);
  const room = (): number => width - pieces.reduce((sum, piece) => sum + piece.text.length + 3, -3) - 1;
  while (room() < NARROWEST_BAR && pieces.length > 1) {
    const lightest = Math.min(...pieces.map((piece) => piece.weight));
    pieces.splice(
      pieces.findIndex((piece) => piece.weight === lightest),
      1,
    );
  }
  const text = pieces.map(({ text: own, paint }) => paint?.(own) ?? own).join(style.dim(' · '));
  const bar = Math.min(WIDEST_BAR, room());
  if (bar < NARROWEST_BAR) return (pieces[0]?.text ?? '').slice(0, width);
  return `${drawBar(shareDone(state), bar, style)} ${text}`;
}

/** The same facts as a plain line, for logs. */
export const plainLine = (state: ProgressState, style: Style): string =>
  pieceList(state, style)
    .map((piece) => piece.text)
    .join(' · ');

function pieceList(state: ProgressState, style: Style): Piece[] {
  const { iteration, evaluation, stop, started } = state;
  const done = iteration?.iteration ?? started?.iteration ?? 0;
  const pieces: Piece[] = [
    {
      text: `iteration ${done}${stop.iterations === undefined ? '' : `/${stop.iterations}`}`,
      weight: 9,
      paint: style.bold,
    },
  ];
  const left = secondsLeft(state);
  if (left !== undefined) pieces.push({ text: `${showDuration(left)} left`, weight: 8 });
  if (iteration !== undefined) {
    const collect = iteration.throughput.collectAgentStepsPerSecond;
    pieces.push({ text: showRate(overallRate(state), 'agentSteps'), weight: 6, paint: style.accent });
    // The last iterations with lag have nothing left to collect.
    if (collect !== null && collect > 0) pieces.push({ text: `collect ${showRate(collect)}`, weight: 3 });
  }
  const returns = returnsOf(state);
  if (returns.length > 0)
    pieces.push({ text: `return ${shorten(returns, showBriefly)}`, weight: 7, paint: style.good });
  const wins = Object.values(evaluation?.agents ?? {}).flatMap(({ metrics }) => metrics[WIN_SHARE] ?? []);
  if (wins.length > 0)
    pieces.push({ text: `wins ${shorten(wins, (share) => `${Math.round(share * 100)}%`)}`, weight: 5 });
  if (iteration !== undefined) pieces.push({ text: `lag ${iteration.policyLag}`, weight: 2 });
  return pieces;
}

/** Returns of the last evaluation; of training where there is none yet. */
function returnsOf({ evaluation, iteration }: ProgressState): number[] {
  const source: Readonly<Record<string, { readonly return: number | null }>> =
    evaluation?.agents ?? iteration?.agents ?? {};
  return Object.values(source).flatMap((agent) => agent.return ?? []);
}

function shorten(values: readonly number[], show: (value: number) => string): string {
  if (values.length <= AGENTS_SHOWN) return values.map(show).join(' ');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${show(mean)} (${show(Math.min(...values))} … ${show(Math.max(...values))})`;
}

function drawBar(share: number, width: number, style: Style): string {
  const full = Math.floor(share * width);
  return style.accent('━'.repeat(full)) + style.dim('─'.repeat(width - full));
}
