import { MarlinError } from '../src/base/index.js';
import { EXIT, type Host } from './host.js';
import { remedyOf } from './remedies.js';
import { styleFor } from './style.js';

/** Codes that mean the caller asked for something wrong, rather than that something went wrong. */
const USAGE_CODES = new Set([
  'CLI_USAGE',
  'SPEC_UNREADABLE',
  'JOB_SPEC_INVALID',
  'ENV_UNKNOWN',
  'ALGORITHM_UNKNOWN',
  'RUN_SPEC_DIFFERS',
  'KEY_UNREADABLE',
  'CLIENT_OPTIONS_INVALID',
  'CLIENT_ARGUMENT_INVALID',
  'API_REQUEST_INVALID',
  'API_FORK_INVALID',
]);

/** Tells the user what went wrong, as text or as the last line of JSON, and returns the exit code. */
export async function reportFailure(host: Host, error: unknown, json: boolean): Promise<number> {
  const known = error instanceof MarlinError;
  const code = known ? error.code : 'INTERNAL';
  const message = error instanceof Error ? error.message : String(error);
  if (json) {
    host.stdout.write(`${JSON.stringify({ error: { code, message, data: known ? error.data : {} } })}\n`);
  } else {
    const style = styleFor(host, host.stderr);
    host.stderr.write(`${style.bad(style.bold('error'))} ${style.bold(code)}: ${message}\n`);
    const remedy = await remedyOf(code);
    if (remedy !== undefined) host.stderr.write(`${style.dim(remedy)}\n`);
    // An error nobody foresaw is a defect: where it happened is what a report of it needs.
    if (!known && error instanceof Error && error.stack !== undefined) {
      host.stderr.write(`${style.dim(error.stack.split('\n').slice(1, 6).join('\n'))}\n`);
    }
  }
  return USAGE_CODES.has(code) ? EXIT.usage : EXIT.failure;
}
