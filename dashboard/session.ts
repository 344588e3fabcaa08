import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Client, createClient, MarlinApiError } from '../client/index.js';

/** Whom the page speaks for. */
export interface Session {
  readonly client: Client;
  /** The id within the key that was entered; null without one. */
  readonly keyId: string | null;
  /** Whether the key allows launching and steering; null as long as that is not known. */
  readonly mayLaunch: boolean | null;
  /** Asks the person for a key. */
  readonly askForKey: () => void;
  /** Forgets the key. */
  readonly forgetKey: () => void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error('there is no session around this component');
  return session;
}

/** The client of the API that the page came from. It is another one once a key is entered, so what was read with it is read again. */
export const useClient = (): Client => useSession().client;

/** A client with the key, if any. The key stays in memory; `onRefused` is told of answers that ask for another one. */
export function clientFor(key: string | null, onRefused: () => void): Client {
  return createClient({
    url: location.origin,
    ...(key === null ? {} : { key }),
    fetch: async (...request) => {
      const response = await fetch(...request);
      if (response.status === 401) onRefused();
      return response;
    },
  });
}

/** What comes before the secret: mk_<id>_<secret>. */
export const keyIdOf = (key: string): string => key.split('_')[1] ?? '';

/** Whether the client may launch: asked with a dry run, which changes nothing. Rejects with whatever else goes wrong. */
export async function askMayLaunch(client: Client, signal: AbortSignal): Promise<boolean> {
  const [environment] = await client.listEnvironments({ signal });
  if (environment === undefined) return true;
  try {
    await client.dryRunJob({ spec: { env: { id: environment.id } } }, { signal });
    return true;
  } catch (error) {
    if (error instanceof MarlinApiError && error.code === 'API_SCOPE_MISSING') return false;
    throw error;
  }
}
