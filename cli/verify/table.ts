import { showDuration, showNumber } from '../numbers.js';
import type { Style } from '../style.js';
import { renderTable } from '../table.js';
import { type Bound, nameOf } from './case.js';
import type { CaseSummary, FigureSummary } from './summary.js';

/** What a figure must be: ≥ 475, ≤ 0.03, or −0.0556 ± 0.03. */
export function showBound({ known, bound }: { readonly known: number; readonly bound: Bound }): string {
  if ('atLeast' in bound) return `≥ ${showNumber(bound.atLeast)}`;
  if ('atMost' in bound) return `≤ ${showNumber(bound.atMost)}`;
  return bound.within === 0 ? showNumber(known) : `${showNumber(known)} ± ${showNumber(bound.within)}`;
}

const show = (figure: number | null): string =>
  figure === null || Number.isNaN(figure) ? 'failed' : showNumber(Math.abs(figure) < 5e-5 ? 0 : figure);

const COLUMNS = ['figure', 'known', 'must be', 'mean', 'worst', 'seeds', 'time'] as const;

const cells = ({ quantity, known, bound, mean, worst, reached, figures }: FigureSummary): string[] => [
  quantity,
  showNumber(known),
  showBound({ known, bound }),
  show(mean),
  show(worst),
  `${reached}/${figures.length}`,
];

/** For people: a row for each figure. */
export function verifyTable(summaries: readonly CaseSummary[], style: Style): string {
  const rows = summaries.flatMap((summary) =>
    summary.targets.map((target, t) => [
      t === 0 ? nameOf(summary) : '',
      ...cells(target),
      t === 0 ? showDuration(summary.seconds) : '',
    ]),
  );
  const columns = [
    { title: 'case' },
    { title: 'figure' },
    ...COLUMNS.slice(1).map((title) => ({ title, align: 'right' as const })),
  ];
  const short = summaries.flatMap(({ targets }) => targets.map(({ reached, figures }) => reached < figures.length));
  const lines = renderTable(columns, rows, 120).split('\n');
  return lines.map((line, i) => (short[i - 2] === true ? style.bad(line) : line)).join('\n');
}

/** For a page: the same, with the figure of every seed. */
export function verifyMarkdown(summaries: readonly CaseSummary[]): string {
  const head = ['game', 'algorithm', ...COLUMNS.slice(0, 5), 'each seed', 'reached', 's per seed'];
  const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |\n`;
  const rows = summaries.flatMap((summary) =>
    summary.targets.map((target, t) =>
      row([
        t === 0 ? summary.game : '',
        t === 0 ? [summary.algorithm, ...(summary.variant === undefined ? [] : [summary.variant])].join(', ') : '',
        ...cells(target).slice(0, -1),
        target.figures.map(show).join(', '),
        cells(target).at(-1)!,
        t === 0 ? summary.seconds.toFixed(1) : '',
      ]),
    ),
  );
  return row(head) + row(head.map(() => '---')) + rows.join('');
}
