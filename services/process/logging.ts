import { hostname } from 'node:os';
import { pino } from 'pino';
import { type Logger, MarlinError, serializeError } from '../../src/base/index.js';
import { maskUrlsIn } from './masking.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

const STANDARD_OUTPUT = 1;

export interface ProcessLoggerOptions {
  readonly service: string;
  readonly level: LogLevel;
  /** Receives whole lines; default: standard output, written before the call returns, so that the last words are never lost. */
  readonly destination?: { write(line: string): void };
}

/** The Logger of a process: JSON, one object per line, with time, level, service, pid and host. Errors in the data are written
 *  with code, message, data, stack and causes; of a URL, neither user nor password. */
export function createProcessLogger(options: ProcessLoggerOptions): Logger {
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service, pid: process.pid, host: hostname() },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: withSerializedErrors },
      // pino knows `err` by itself; here it is an error like those under any other name.
      serializers: { err: (value: unknown) => value },
      // The line is where nothing can slip past: a password may stand in a message, in any field, in a stack.
      hooks: { streamWrite: maskUrlsIn },
    },
    options.destination ?? pino.destination({ fd: STANDARD_OUTPUT, sync: true }),
  );
  return {
    debug: (data, message) => logger.debug(data, message),
    info: (data, message) => logger.info(data, message),
    warn: (data, message) => logger.warn(data, message),
    error: (data, message) => logger.error(data, message),
  };
}

function withSerializedErrors(data: Record<string, unknown>): Record<string, unknown> {
  if (!Object.values(data).some((value) => value instanceof Error)) return data;
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, value instanceof Error ? describeError(value) : value]),
  );
}

// Only what is known to be harmless: errors of clients carry the command that failed, with its arguments.
function describeError(error: Error, depth = 0): Record<string, unknown> {
  const { code, message, retryable, data, stack } = serializeError(error);
  const systemCode = (error as NodeJS.ErrnoException).code;
  return {
    code: error instanceof MarlinError || typeof systemCode !== 'string' ? code : systemCode,
    message,
    ...(retryable ? { retryable } : {}),
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(error.cause instanceof Error && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
