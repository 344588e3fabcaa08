import { useEffect, useState } from 'preact/hooks';

export type Theme = 'light' | 'dark';
/** What the person chose; `system` follows the system. */
export type ThemeChoice = Theme | 'system';

const STORED = 'marlin.theme';
const CHANGED = 'marlin:theme';
const dark = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

/** The choice of earlier visits. Where nothing may be stored, there is none. */
export function themeChoice(): ThemeChoice {
  try {
    const stored = localStorage.getItem(STORED);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}

const themeOf = (choice: ThemeChoice): Theme => (choice === 'system' ? (dark().matches ? 'dark' : 'light') : choice);

/** Gives the page the colors of the choice, and keeps it for later visits. */
export function chooseTheme(choice: ThemeChoice): void {
  try {
    if (choice === 'system') localStorage.removeItem(STORED);
    else localStorage.setItem(STORED, choice);
  } catch {
    // It then holds for this visit only.
  }
  applyTheme(choice);
}

function applyTheme(choice: ThemeChoice): void {
  document.documentElement.dataset.theme = themeOf(choice);
  dispatchEvent(new Event(CHANGED));
}

/** Gives the page its colors, and follows the system where the person chose nothing. Called once. */
export function startTheme(): void {
  applyTheme(themeChoice());
  dark().addEventListener('change', () => {
    if (themeChoice() === 'system') applyTheme('system');
  });
}

/** The colors that the page has now; charts are drawn again when it changes. */
export function useTheme(): Theme {
  const read = (): Theme => (document.documentElement.dataset.theme === 'dark' ? 'dark' : 'light');
  const [theme, setTheme] = useState(read);
  useEffect(() => {
    const follow = (): void => setTheme(read());
    addEventListener(CHANGED, follow);
    follow();
    return () => removeEventListener(CHANGED, follow);
  }, []);
  return theme;
}
