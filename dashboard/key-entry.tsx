import type { ComponentChildren, JSX } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { MarlinApiError, type Me } from '../client/index.js';
import { Dialog, DialogForm, Field, problemText } from './components/index.js';
import { clientFor, mayLaunch, SessionContext } from './session.js';

interface Holder {
  readonly key: string | null;
  /** Whose key it is. */
  readonly me: Me | null;
}

const NOBODY: Holder = { key: null, me: null };

/** Holds the key and the client for all that is inside, and asks for a key when the API does. The key is in memory only: it is gone
 *  with the page. */
export function SessionProvider({ children }: { readonly children: ComponentChildren }): JSX.Element {
  const [{ key, me }, setHolder] = useState<Holder>(NOBODY);
  // Whether a key is asked for, and whether because the API does.
  const [asking, setAsking] = useState<'no' | 'refused' | 'wanted'>('no');
  const askForKey = useCallback(() => setAsking('wanted'), []);
  const onRefused = useCallback(() => setAsking((before) => (before === 'no' ? 'refused' : before)), []);
  const forgetKey = useCallback(() => setHolder(NOBODY), []);
  const client = useMemo(() => clientFor(key, onRefused), [key, onRefused]);
  const session = useMemo(
    () => ({
      client,
      keyId: me?.keyId ?? null,
      owner: me?.owner ?? null,
      mayLaunch: me === null ? null : mayLaunch(me),
      askForKey,
      forgetKey,
    }),
    [client, me, askForKey, forgetKey],
  );
  return (
    <SessionContext.Provider value={session}>
      {children}
      <KeyDialog
        open={asking !== 'no'}
        why={
          asking === 'wanted'
            ? 'What this page asks of the server, it asks with this key.'
            : key === null
              ? 'This server answers only to requests with a key.'
              : 'The key that was entered is not accepted anymore.'
        }
        onClose={() => setAsking('no')}
        onKey={(key, me) => {
          setHolder({ key, me });
          setAsking('no');
        }}
      />
    </SessionContext.Provider>
  );
}

interface KeyDialogProps {
  readonly open: boolean;
  readonly why: string;
  readonly onClose: () => void;
  readonly onKey: (key: string, me: Me) => void;
}

/** Asks for a key, and tries it before it is taken. */
function KeyDialog({ open, why, onClose, onKey }: KeyDialogProps): JSX.Element {
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string>();
  const [trying, setTrying] = useState(false);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => {
    if (open) return;
    stop.current?.abort();
    setText('');
    setFault(undefined);
    setTrying(false);
  }, [open]);
  const tryKey = async (): Promise<void> => {
    const key = text.trim();
    const controller = new AbortController();
    const { signal } = controller;
    stop.current = controller;
    setTrying(true);
    setFault(undefined);
    try {
      const me = await clientFor(key, () => {}).getMe({ signal });
      if (me.scopes.includes('read')) return onKey(key, me);
      setFault(`This key of ${me.owner} has policies act, and may read nothing that is shown here.`);
      setTrying(false);
    } catch (error) {
      if (signal.aborted) return;
      const refused = error instanceof MarlinApiError && error.status === 401;
      setFault(refused ? `The server refused it: ${problemText(error)}.` : problemText(error));
      setTrying(false);
    }
  };
  return (
    <Dialog title="API key" open={open} onClose={onClose}>
      <DialogForm onSubmit={tryKey} onLeave={onClose} no="Not now" yes="Use this key" busy={trying}>
        <p>
          {why} <code>marlin keys create</code> makes one.
        </p>
        <Field label="Key" fault={fault} help="Kept in the memory of this page only: reloading forgets it.">
          {(control) => (
            <input
              {...control}
              type="password"
              autocomplete="off"
              spellcheck={false}
              placeholder="mk_…"
              required
              autofocus
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
        </Field>
      </DialogForm>
    </Dialog>
  );
}
