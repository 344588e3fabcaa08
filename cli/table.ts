export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/** Rows as aligned text. Where they are wider than `width`, the widest columns are wrapped, as far as their longest words let. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[], width = 100): string {
  const widths = fitWidths(columns, rows, width);
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, j) => (columns[j]?.align === 'right' ? cell.padStart(widths[j]!) : cell.padEnd(widths[j]!)))
      .join(GAP)
      .trimEnd();
  const lines = [line(columns.map(({ title }) => title)), line(widths.map((own) => '─'.repeat(own)))];
  for (const row of rows) {
    const cells = columns.map((_, j) => wrap(row[j] ?? '', widths[j]!));
    const height = Math.max(...cells.map((cell) => cell.length));
    for (let i = 0; i < height; i++) lines.push(line(cells.map((cell) => cell[i] ?? '')));
  }
  return `${lines.join('\n')}\n`;
}

function fitWidths(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] {
  const texts = columns.map(({ title }, j) => [title, ...rows.map((row) => row[j] ?? '')]);
  const widths = texts.map((column) => longest(column));
  // A title is never broken: columns would not be told apart.
  const least = texts.map((column, j) =>
    Math.max(columns[j]!.title.length, longest(column.flatMap((text) => text.split(' ')))),
  );
  const room = width - GAP.length * (columns.length - 1);
  let excess = widths.reduce((sum, own) => sum + own, 0) - room;
  while (excess > 0) {
    const widest = widths.reduce((best, own, j) => (own > least[j]! && own > (widths[best] ?? 0) ? j : best), -1);
    if (widest < 0) break;
    widths[widest]!--;
    excess--;
  }
  return widths;
}

const longest = (texts: readonly string[]): number => texts.reduce((most, text) => Math.max(most, text.length), 0);

/** The text in lines of at most `width` characters, each as far in as the text begins, broken at spaces; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const [indent] = /^ */.exec(text)!;
  const lines: string[] = [];
  let line = '';
  for (const word of text.slice(indent.length).split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(indent + line);
  return lines;
}
