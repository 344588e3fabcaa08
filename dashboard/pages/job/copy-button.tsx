import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../components/index.js';

interface CopyButtonProps {
  readonly text: string;
  /** As in “Copy the digest”. */
  readonly what: string;
  readonly children?: string;
}

const SAID_MS = 2000;

/** Puts a text into the clipboard, and says so. */
export function CopyButton({ text, what, children = 'Copy' }: CopyButtonProps): JSX.Element {
  const [said, setSaid] = useState<'Copied' | 'Not copied'>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), SAID_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <Button
      small
      look="quiet"
      aria-label={said === undefined ? `Copy ${what}` : said}
      onClick={async () => setSaid((await copy(text)) ? 'Copied' : 'Not copied')}
    >
      {said ?? children}
    </Button>
  );
}

/** Pages that did not come over TLS, nor from this machine, have no clipboard but that of a selection. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'hidden';
    (document.querySelector('dialog[open]') ?? document.body).append(area);
    area.select();
    try {
      return document.execCommand('copy');
    } finally {
      area.remove();
    }
  }
}
