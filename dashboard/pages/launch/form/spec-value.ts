import { isObject, type JsonObject } from './json-schema.js';

export type Path = readonly string[];

/** RFC 6901. */
export const pointerOf = (path: Path): string =>
  path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The value with another one at the path; undefined takes away what is there, and the objects around it that are empty then. */
export function setAt(value: unknown, path: Path, next: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return next;
  const object: JsonObject = isObject(value) ? value : {};
  const inner = setAt(object[name], rest, next);
  const changed = { ...object, [name]: inner };
  if (inner === undefined || (next === undefined && isObject(inner) && Object.keys(inner).length === 0)) {
    delete changed[name];
  }
  return changed;
}
