/** Where the library says what it does. pino and the console both fit. */
export interface Logger {
  debug(data: Readonly<Record<string, unknown>>, message: string): void;
  info(data: Readonly<Record<string, unknown>>, message: string): void;
  warn(data: Readonly<Record<string, unknown>>, message: string): void;
  error(data: Readonly<Record<string, unknown>>, message: string): void;
}

const drop = (): void => {};

export const silentLogger: Logger = { debug: drop, info: drop, warn: drop, error: drop };
