import type { JSX } from 'preact';
import type { JobState } from '../../client/index.js';

/** A sign for each state besides its color, for whom colors do not tell. */
const SIGNS: Readonly<Record<JobState, string>> = {
  queued: '○',
  running: '▶',
  paused: 'Ⅱ',
  succeeded: '✓',
  failed: '✕',
  cancelled: '–',
};

/** Where a job stands. */
export function StateBadge({ state }: { readonly state: JobState | 'removed' }): JSX.Element {
  return (
    <span class={`badge ${state}`}>
      <span class="sign" aria-hidden="true">
        {state === 'removed' ? '–' : SIGNS[state]}
      </span>
      {state}
    </span>
  );
}
