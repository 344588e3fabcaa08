import type { HistoryEvent, JobSeries } from '../../client/index.js';
import { pointsOf, type XAxis } from './points-of.js';
import { thin } from './thin.js';

/** A curve of a job. */
export interface Line {
  readonly name: string;
  readonly per: JobSeries['series'][number]['per'];
  readonly id: string | null;
  x: number[];
  y: number[];
}

/** Points of a line that are kept at least; beyond twice as many, it is thinned out. */
const KEPT = 600;

/** A job's curves: those that the API told, and what came since as events. However long the job, each has a bounded number of
 *  points. */
export class JobLines {
  readonly axis: XAxis;
  readonly #kept: number;
  readonly #lines = new Map<string, Line>();
  /** Of the newest event that is in the lines. */
  #sequence = 0;
  #term = 0;

  constructor(axis: XAxis, kept = KEPT) {
    this.axis = axis;
    this.#kept = kept;
  }

  get sequence(): number {
    return this.#sequence;
  }

  get lines(): Iterable<Line> {
    return this.#lines.values();
  }

  /** Puts what the API told in the place of all there is. */
  replace({ sequence, series }: Pick<JobSeries, 'sequence' | 'series'>): void {
    this.#lines.clear();
    for (const { name, per, id, x, y } of series) this.#lines.set(keyOf(name, per, id), { name, per, id, x, y });
    this.#sequence = sequence;
  }

  /** Adds what an event tells. False where the lines have to be read anew: a learner has begun, may make iterations again, and points
   *  do not tell which of them are void. What is in the lines already, and what a learner tells after another has begun, changes nothing. */
  add(event: HistoryEvent): boolean {
    const { sequence, term = 0 } = event;
    if (sequence <= this.#sequence) return true;
    this.#sequence = sequence;
    if (term < this.#term) return true;
    this.#term = term;
    if (event.type === 'started') return this.#lines.size === 0;
    if (event.type !== 'iteration' && event.type !== 'evaluation') return true;
    for (const { name, per, id, value } of pointsOf(event)) this.#append(name, per, id, event[this.axis], value);
    return true;
  }

  #append(name: string, per: Line['per'], id: string | null, x: number, y: number): void {
    const key = keyOf(name, per, id);
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = { name, per, id, x: [], y: [] };
      this.#lines.set(key, line);
    }
    line.x.push(x);
    line.y.push(y);
    if (line.x.length > 2 * this.#kept) Object.assign(line, thin(line, this.#kept));
  }
}

const keyOf = (name: string, per: string, id: string | null): string => `${per}\n${id ?? ''}\n${name}`;
