const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost', '::1', '[::1]']);

/** Whether an address can be reached from this machine only. A name other than localhost may mean any machine. */
export const isLoopback = (host: string): boolean => LOOPBACK_NAMES.has(host) || /^127(\.\d{1,3}){3}$/.test(host);

/** The host of a Host header, without its port; null where it is none. */
export function hostOf(header: string | undefined): string | null {
  const [, host] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i.exec(header ?? '') ?? [];
  return host?.toLowerCase() ?? null;
}
