import { createElement, type JSX, type TargetedMouseEvent } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { BASE, type Route, readRoute } from './route.js';

export type { Route };

/** The address of a path under the base, such as `/jobs/a` or `/compare?jobs=a,b`. */
export const hrefOf = (to: string): string => `${BASE}${to}`;

const CHANGED = 'marlin:navigated';

/** Shows another page; with `replace`, instead of this one in the browser's history. */
export function navigate(to: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  const address = hrefOf(to);
  if (address === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', address);
  dispatchEvent(new Event(CHANGED));
}

/** The page that is shown, as long as it is. */
export function useRoute(): Route {
  const [address, setAddress] = useState(() => location.pathname + location.search);
  useEffect(() => {
    const read = (): void => setAddress(location.pathname + location.search);
    addEventListener('popstate', read);
    addEventListener(CHANGED, read);
    read();
    return () => {
      removeEventListener('popstate', read);
      removeEventListener(CHANGED, read);
    };
  }, []);
  const [pathname = '/', search = ''] = address.split('?', 2);
  return readRoute(pathname, search);
}

type LinkProps = Omit<JSX.IntrinsicElements['a'], 'href'> & { readonly to: string };

/** A link to another page; the browser's own ways of opening links elsewhere stay as they are. */
export function Link({ to, onClick, ...rest }: LinkProps): JSX.Element {
  return createElement('a', {
    ...rest,
    href: hrefOf(to),
    onClick: (event: TargetedMouseEvent<HTMLAnchorElement>) => {
      onClick?.call(event.currentTarget as never, event as never);
      if (event.defaultPrevented || event.button !== 0 || rest.target !== undefined) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      navigate(to);
    },
  });
}
