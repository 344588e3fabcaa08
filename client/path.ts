import { clientError } from './errors.js';

/** Values of a query; what is undefined is left out, and of several values each is there. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A path whose inserted parts are ids: each one part of it, whatever characters it has. Throws CLIENT_ARGUMENT_INVALID for what would
 *  be another path. */
export function path(parts: TemplateStringsArray, ...ids: readonly (string | number)[]): string {
  return parts.reduce((before, part, i) => {
    const id = String(ids[i - 1]);
    // Nothing, and what means this folder or the one above, would not stay a part of the path.
    if (id === '' || id === '.' || id === '..') {
      throw clientError('CLIENT_ARGUMENT_INVALID', `${JSON.stringify(id)} cannot be an id`);
    }
    return before + encodeURIComponent(id) + part;
  });
}

export function withQuery(at: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const own of [value ?? []].flat()) search.append(name, String(own));
  }
  return search.size === 0 ? at : `${at}?${search}`;
}
