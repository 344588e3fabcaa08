import { readFile } from 'node:fs/promises';
import { type Client, type ClientOptions, createClient, MarlinApiError } from '../client/index.js';
import { MarlinError } from '../src/base/index.js';
import { cliError } from './errors.js';
import type { Host } from './host.js';

/** What every command that talks to an API takes: where it is, who asks, and how to answer. */
export interface ApiFlags {
  readonly url?: string;
  readonly keyFile?: string;
  readonly json?: boolean;
}

/** Where `marlin serve`, `marlin api` and `marlin dev` listen unless told otherwise. */
const DEFAULT_URL = 'http://127.0.0.1:7373';

/** A client of the API that the flags or the environment name. The key is read from MARLIN_API_KEY or from a file, never from an
 *  argument, which every process of the machine can see. Why a request is sent again is told on standard error, unless `onRetry`
 *  tells it. Rejects with KEY_UNREADABLE and CLIENT_OPTIONS_INVALID. */
export async function openClient(
  { settings, stderr }: Pick<Host, 'settings' | 'stderr'>,
  flags: ApiFlags,
  onRetry: NonNullable<ClientOptions['onRetry']> = ({ error }) => {
    if (!flags.json) stderr.write(`${error.message}; trying again\n`);
  },
  patience: Pick<ClientOptions, 'attempts' | 'timeoutMs'> = {},
): Promise<Client> {
  const { MARLIN_API_KEY, MARLIN_API_KEY_FILE } = settings.variables;
  const file = flags.keyFile ?? (MARLIN_API_KEY ? undefined : MARLIN_API_KEY_FILE);
  const key = file ? await readKeyFile(file) : MARLIN_API_KEY;
  const url = apiUrl(settings, flags);
  return await withApi(async () => createClient({ url, onRetry, ...patience, ...(key ? { key } : {}) }));
}

/** The API that the flags or the environment name. */
export const apiUrl = ({ variables: { MARLIN_URL } }: Host['settings'], flags: Pick<ApiFlags, 'url'>): string =>
  flags.url ?? (MARLIN_URL || DEFAULT_URL);

/** Does something with the API; what the client rejects with becomes an error of ours. */
export async function withApi<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MarlinApiError)) throw error;
    const { code, message, retryable, status, pointers, requestId } = error;
    const data = {
      ...(status === 0 ? {} : { status }),
      ...(pointers.length === 0 ? {} : { pointers }),
      ...(requestId === undefined ? {} : { requestId }),
    };
    throw new MarlinError(code, message, retryable, { data, cause: error });
  }
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw cliError('KEY_UNREADABLE', `the file of the API key, ${path}, cannot be read: ${reason}`, {
      data: { path },
      cause,
    });
  }
}
