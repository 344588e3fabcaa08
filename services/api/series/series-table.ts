/** What a series is of: one agent, one policy, or the job as a whole. */
export const SUBJECTS = ['agent', 'policy', 'job'] as const;
export type Subject = (typeof SUBJECTS)[number];

export const X_AXES = ['iteration', 'agentSteps', 'wallSeconds'] as const;
export type XAxis = (typeof X_AXES)[number];

export interface Column {
  readonly name: string;
  readonly per: Subject;
  /** Agent or policy; null where it is of the job. */
  readonly id: string | null;
  /** By row; NaN, or beyond the end, where there is none. */
  readonly values: number[];
}

/** Rows of numbers by iteration, in columns. */
export class SeriesTable {
  readonly #x: Readonly<Record<XAxis, number[]>> = { iteration: [], agentSteps: [], wallSeconds: [] };
  readonly #columns = new Map<string, Column>();

  get rows(): number {
    return this.#x.iteration.length;
  }

  /** Numbers that it holds. */
  get cells(): number {
    return this.rows * (this.#columns.size + X_AXES.length);
  }

  get columns(): Iterable<Column> {
    return this.#columns.values();
  }

  x(axis: XAxis): readonly number[] {
    return this.#x[axis];
  }

  /** Begins the row of an iteration; those of later ones, and an earlier one of the same, are forgotten. */
  begin(at: Readonly<Record<XAxis, number>>): void {
    this.cutTo(at.iteration - 1);
    for (const axis of X_AXES) this.#x[axis].push(at[axis]);
  }

  /** Puts a value into the newest row; what is no finite number is left out. */
  put(name: string, per: Subject, id: string | null, value: unknown): void {
    if (typeof value !== 'number' || !Number.isFinite(value)) return;
    const key = `${per}\n${id ?? ''}\n${name}`;
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = { name, per, id, values: [] };
      this.#columns.set(key, column);
    }
    const row = this.rows - 1;
    while (column.values.length < row) column.values.push(Number.NaN);
    column.values[row] = value;
  }

  /** Forgets the rows of iterations after `iteration`. */
  cutTo(iteration: number): void {
    const iterations = this.#x.iteration;
    let rows = iterations.length;
    while (rows > 0 && iterations[rows - 1]! > iteration) rows--;
    if (rows === iterations.length) return;
    for (const axis of X_AXES) this.#x[axis].length = rows;
    for (const [key, { values }] of this.#columns) {
      if (values.length > rows) values.length = rows;
      if (rows === 0) this.#columns.delete(key);
    }
  }
}
