import type { Clock } from '../src/base/index.js';

/** Where text goes; process.stdout and process.stderr fit. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Everything outside that a command may use. Built once in main.ts; tests build their own. */
export interface Host {
  /** Results. */
  readonly stdout: TextSink;
  /** Progress and errors. */
  readonly stderr: TextSink;
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly clock: Clock;
  /** Calls back for each SIGINT or SIGTERM until the returned function is called. */
  onInterrupt(callback: (signal: 'SIGINT' | 'SIGTERM') => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
  readonly settings: HostSettings;
}

export interface HostSettings {
  /** Module paths of MARLIN_ENVS. */
  readonly environmentModules: readonly string[];
  /** Colors and a redrawn line are wanted where the stream is a terminal: neither NO_COLOR nor TERM=dumb forbids them. */
  readonly color: boolean;
  readonly dumbTerminal: boolean;
  readonly redisUrl?: string;
  /** All environment variables, for the services that this process may become. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Folders where programs are looked for. */
  readonly programFolders: readonly string[];
}

export const EXIT = { success: 0, failure: 1, usage: 2, interrupted: 130 } as const;
