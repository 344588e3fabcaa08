import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Client, createClient, type Me } from '../client/index.js';

/** Whom the page speaks for. */
export interface Session {
  readonly client: Client;
  /** The id within the key that was entered; null without one. */
  readonly keyId: string | null;
  /** Whose key it is; null without one. */
  readonly owner: string | null;
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

/** Whether whom the API takes the page for may launch and steer. */
export const mayLaunch = ({ scopes }: Pick<Me, 'scopes'>): boolean => scopes.includes('launch');
