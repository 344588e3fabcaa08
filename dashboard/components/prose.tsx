import type { JSX } from 'preact';

/** Text in which what stands between backticks is code, as descriptions in schemas have it. */
export function Prose({ text }: { readonly text: string }): JSX.Element {
  return <>{text.split('`').map((part, i) => (i % 2 === 0 ? part : <code key={i}>{part}</code>))}</>;
}
