import { envError } from '../errors.js';
import type { MatrixOptions } from './options.js';
import type { Payoffs } from './payoffs.js';

/** A joint table has a cell for every combination of actions, so it grows as their product. */
const MAX_CELLS = 2 ** 20;
const MAX_AGENTS = 64;
/** A wrong table is usually wrong in every cell. */
const MAX_FAULTS = 20;

type Report = (pointer: string, message: string) => void;

/** The game of the options `payoffs` and `actions`, which the schema leaves open.
 *  Throws ENV_OPTIONS_INVALID with the faults in `data.faults`, each naming its table and cell. */
export function customPayoffs({ payoffs, actions }: MatrixOptions): Payoffs {
  const faults: { pointer: string; message: string }[] = [];
  const game = readGame(payoffs, actions, (pointer, message) => {
    if (faults.length < MAX_FAULTS) faults.push({ pointer, message });
  });
  if (game === undefined || faults.length > 0) throw optionsInvalid(faults);
  return game;
}

/** Throws ENV_OPTIONS_INVALID when a game with a name is given tables, which it would ignore. */
export function assertNotCustom({ game, payoffs, actions }: MatrixOptions): void {
  const message = `is for the game "custom", but the game is "${game}"; leave it out, or choose "custom"`;
  const given = Object.entries({ payoffs, actions }).filter(([, list]) => list.length > 0);
  if (given.length > 0) throw optionsInvalid(given.map(([name]) => ({ pointer: `/${name}`, message })));
}

function optionsInvalid(faults: readonly { readonly pointer: string; readonly message: string }[]) {
  const list = faults.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  return envError('ENV_OPTIONS_INVALID', `options of environment "matrix-v1": ${list}`, {
    data: { environment: 'matrix-v1', faults },
  });
}

function readGame(payoffs: readonly unknown[], actions: readonly number[], report: Report): Payoffs | undefined {
  if (payoffs.length === 0) {
    report('/payoffs', 'is empty; a custom game needs a table for each agent, or one for all');
    return undefined;
  }
  const counts = actions.length > 0 ? actions : shapeOf(payoffs[0]);
  const n = counts.length;
  const cells = counts.reduce((product, count) => product * count, 1);
  const source = actions.length > 0 ? '/actions' : '/payoffs/0';
  if (n === 0) report(source, `is ${show(payoffs[0])}, but must be a table that is not empty`);
  else if (n > MAX_AGENTS) report(source, `makes a game of ${n} agents, more than ${MAX_AGENTS}`);
  else if (cells > MAX_CELLS) report(source, `makes a game of ${cells} cells, more than ${MAX_CELLS}`);
  else {
    if (payoffs.length !== 1 && payoffs.length !== n) {
      const agents = n === 1 ? '1 agent' : `${n} agents`;
      report(
        '/payoffs',
        `has ${payoffs.length} tables, but ${source} makes a game of ${agents}; give one for each, or 1`,
      );
    }
    const strides = counts.map((_, j) => counts.slice(j + 1).reduce((product, count) => product * count, 1));
    const tables = payoffs.map((table, i) => readTable(table, `/payoffs/${i}`, counts, strides, report));
    return { counts, strides, tables: counts.map((_, i) => tables[i] ?? tables[0]) };
  }
  return undefined;
}

/** Lengths of a nested table, outermost first, along its first entries; [] for what is no table or has an empty one. */
function shapeOf(table: unknown): readonly number[] {
  const shape: number[] = [];
  for (let inner = table; Array.isArray(inner); inner = inner[0]) {
    if (inner.length === 0) return [];
    shape.push(inner.length);
  }
  return shape;
}

/** One agent's payoffs: f64[cells], of a nested table or a flat one. */
function readTable(
  table: unknown,
  pointer: string,
  counts: readonly number[],
  strides: readonly number[],
  report: Report,
): Float64Array {
  const values = new Float64Array(counts[0] * strides[0]);
  const flat = Array.isArray(table) && !table.some(Array.isArray);
  const shape = flat ? [values.length] : counts;

  const read = (level: unknown, depth: number, cell: number, at: string): void => {
    if (depth === shape.length) {
      values[cell] = level as number;
      if (typeof level === 'number' && Number.isFinite(Math.fround(level))) return;
      const joint = counts.map((count, j) => Math.floor(cell / strides[j]) % count).join(', ');
      report(at, `is ${show(level)} in the cell of the actions (${joint}), but must be a finite float32 number`);
    } else if (Array.isArray(level) && level.length === shape[depth]) {
      const stride = flat ? 1 : strides[depth];
      level.forEach((inner, a) => read(inner, depth + 1, cell + a * stride, `${at}/${a}`));
    } else {
      const found = Array.isArray(level) ? `has ${level.length} entries` : `is ${show(level)}`;
      const expected = flat ? `the actions make ${values.length} cells` : `agent ${depth} has ${shape[depth]} actions`;
      report(at, `${found}, but ${expected}`);
    }
  };
  read(table, 0, 0, pointer);
  return values;
}

const show = (value: unknown): string =>
  typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 40) ?? String(value));
