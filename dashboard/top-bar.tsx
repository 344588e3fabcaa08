import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from './components/index.js';
import { useSession } from './session.js';
import { chooseTheme, type ThemeChoice, themeChoice } from './theme.js';

/** Which key is used, and what it allows. */
export function KeyControl(): JSX.Element {
  const { keyId, owner, mayLaunch, askForKey, forgetKey } = useSession();
  if (keyId === null) {
    return (
      <Button look="quiet" small onClick={askForKey} title="Use an API key">
        Key
      </Button>
    );
  }
  return (
    <span class="key">
      <span
        title={mayLaunch === false ? 'This key may read, and nothing else.' : 'This key may launch and steer jobs.'}
      >
        {owner} <code>{keyId}</code> <span class="scope">{mayLaunch === false ? 'read only' : 'may launch'}</span>
      </span>
      <Button look="quiet" small onClick={forgetKey} aria-label="Forget the key" title="Forget the key">
        ×
      </Button>
    </span>
  );
}

const CHOICES: Readonly<
  Record<ThemeChoice, { readonly next: ThemeChoice; readonly sign: string; readonly says: string }>
> = {
  system: { next: 'light', sign: '◐', says: 'as the system has it' },
  light: { next: 'dark', sign: '☀', says: 'light' },
  dark: { next: 'system', sign: '☾', says: 'dark' },
};

/** Goes through the colors: the system's, light, dark. */
export function ThemeControl(): JSX.Element {
  const [choice, setChoice] = useState(themeChoice);
  const { next, sign, says } = CHOICES[choice];
  return (
    <Button
      look="quiet"
      small
      aria-label={`Colors: ${says}. Change to ${CHOICES[next].says}.`}
      title={`Colors: ${says}`}
      onClick={() => {
        chooseTheme(next);
        setChoice(next);
      }}
    >
      <span aria-hidden="true">{sign}</span>
    </Button>
  );
}
