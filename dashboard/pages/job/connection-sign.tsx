import type { JSX } from 'preact';
import type { Connection } from '../../series/job-feed.js';

const SAYS: Readonly<Record<Connection, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
  ended: '',
};

/** Whether what is shown is what is. */
export function ConnectionSign({ connection }: { readonly connection: Connection }): JSX.Element {
  return (
    <span class={`connection ${connection}`} role="status">
      {SAYS[connection]}
    </span>
  );
}
