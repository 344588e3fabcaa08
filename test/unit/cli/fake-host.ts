import type { Host, HostSettings } from '../../../cli/host.js';

/** A host whose output is kept and whose time and signals the test decides. */
export function fakeHost(
  options: { tty?: boolean; columns?: number; color?: boolean; dumb?: boolean; settings?: Partial<HostSettings> } = {},
) {
  const { tty = false, columns = 80, color = true, dumb = false } = options;
  const time = { ms: 0 };
  const out: string[] = [];
  const err: string[] = [];
  const exits: number[] = [];
  const interrupts = new Set<(signal: 'SIGINT' | 'SIGTERM') => void>();
  const sink = (kept: string[]) => ({ isTTY: tty, columns, write: (text: string) => kept.push(text) });
  const host: Host = {
    stdout: sink(out),
    stderr: sink(err),
    stdin: (async function* () {})(),
    clock: { now: () => time.ms, monotonic: () => time.ms },
    onInterrupt: (callback) => {
      interrupts.add(callback);
      return () => interrupts.delete(callback);
    },
    exit: (code) => {
      exits.push(code);
    },
    settings: {
      environmentModules: [],
      color,
      dumbTerminal: dumb,
      programFolders: [],
      variables: {},
      ...options.settings,
    },
  };
  return { host, time, out, err, exits, interrupts };
}
