/** Where all pages are, as the server has it. */
export const BASE = '/dashboard';

/** Which page is shown, and of what. */
export type Route =
  | { readonly name: 'jobs'; readonly query: URLSearchParams }
  | { readonly name: 'launch'; readonly query: URLSearchParams }
  | { readonly name: 'job'; readonly id: string; readonly query: URLSearchParams }
  | { readonly name: 'compare'; readonly jobs: readonly string[]; readonly query: URLSearchParams }
  | { readonly name: 'fleet'; readonly query: URLSearchParams }
  | { readonly name: 'environments'; readonly query: URLSearchParams }
  | { readonly name: 'environment'; readonly id: string; readonly query: URLSearchParams }
  | { readonly name: 'unknown'; readonly path: string; readonly query: URLSearchParams };

/** The route of an address under the base; paths begin with `/`. */
export function readRoute(pathname: string, search: string): Route {
  const query = new URLSearchParams(search);
  const path = pathname.startsWith(BASE) ? pathname.slice(BASE.length) : pathname;
  const parts = path.split('/').filter((part) => part !== '');
  const [first, second] = parts;
  if (parts.length === 0) return { name: 'jobs', query };
  if (parts.length === 1) {
    if (first === 'launch' || first === 'fleet' || first === 'environments') return { name: first, query };
    if (first === 'compare') {
      const jobs = (query.get('jobs') ?? '').split(',').filter((id) => id !== '');
      return { name: 'compare', jobs, query };
    }
  }
  if (parts.length === 2 && second !== undefined) {
    if (first === 'jobs') return { name: 'job', id: decoded(second), query };
    if (first === 'environments') return { name: 'environment', id: decoded(second), query };
  }
  return { name: 'unknown', path, query };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
