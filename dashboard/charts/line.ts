/** A curve of a chart. */
export interface ChartLine {
  readonly key: string;
  /** Lines of one label are shown and hidden together. */
  readonly label: string;
  /** Place in the palette. */
  readonly color: number;
  /** Default: `line`. `faint` is what lies behind a smoothed line, `points` are single measurements, `strong` stands out. */
  readonly role?: 'line' | 'faint' | 'points' | 'strong' | undefined;
  readonly x: readonly number[];
  readonly y: readonly number[];
}
