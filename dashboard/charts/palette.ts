/** Colors of the theme that lines have, `--series-1` and on. */
const COLORS = 8;
const DASHES: readonly number[][] = [[], [6, 3], [2, 3]];

/** The name of the color of a line. */
export const colorName = (place: number): string => `--series-${(place % COLORS) + 1}`;

/** The color itself; negative places are the color of text, for what belongs to no one. */
export const colorOf = (place: number, color: (name: string) => string): string =>
  color(place < 0 ? '--text' : colorName(place));

/** Where colors begin anew, lines are dashed. */
export const dashOf = (place: number): number[] =>
  place < 0 ? [] : DASHES[Math.floor(place / COLORS) % DASHES.length]!;

/** The style of an element whose mark, `--mark`, has the color of a line. */
export const colorStyle = (i: number): string => `--mark: var(${colorName(i)})`;
