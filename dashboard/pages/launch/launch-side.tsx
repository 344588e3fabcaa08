import type { JSX } from 'preact';
import { Button, Panel, Problem } from '../../components/index.js';
import { DryRunFacts } from './dry-run.js';
import type { PlacedFaults } from './form/faults.js';
import type { DryRunState } from './use-dry-run.js';

interface LaunchSideProps {
  readonly dryRun: DryRunState;
  /** Why launching, or the dry run, was refused. */
  readonly wrong: unknown;
  /** Why the text is no JSON; null where it is. */
  readonly unreadable: string | null;
  /** What the fields say. */
  readonly faults: PlacedFaults;
  /** Whether the fields say all that is wrong. */
  readonly allPlaced: boolean;
  readonly mayLaunch: boolean;
  readonly launching: boolean;
}

/** What launching would make, and the button that does. */
export function LaunchSide({
  dryRun: { answer, asking },
  wrong,
  unreadable,
  faults,
  allPlaced,
  mayLaunch,
  launching,
}: LaunchSideProps): JSX.Element {
  const faulty = wrong !== undefined || unreadable !== null;
  return (
    <aside class="launch-side" aria-label="What launching would make">
      <Panel title="What it would be">
        <div class={asking || faulty ? 'dry-run stale' : 'dry-run'} aria-busy={asking}>
          {answer !== undefined && <DryRunFacts answer={answer} />}
          {answer === undefined && !faulty && mayLaunch && <p class="muted">Checking the spec …</p>}
        </div>
        {unreadable !== null && (
          <p class="problem" role="alert">
            The text is no JSON: {unreadable}
          </p>
        )}
        {wrong !== undefined && !allPlaced && <Problem error={wrong} shownPointers={[...faults.placed]} />}
        {wrong !== undefined && allPlaced && (
          <p class="problem" role="alert">
            {faults.at.size === 1
              ? 'One field has a fault: it says what is wrong.'
              : `${faults.at.size} fields have faults: each says what is wrong.`}
          </p>
        )}
      </Panel>
      <div class="launch-go">
        {!mayLaunch && (
          <p class="problem" role="note">
            This key may read, and nothing else. Launching needs a key with the scope <code>launch</code>.
          </p>
        )}
        <Button type="submit" look="primary" busy={launching} disabled={unreadable !== null || !mayLaunch}>
          {launching ? 'Launching …' : 'Launch'}
        </Button>
        <p class="hidden" role="status">
          {statusText(asking, faulty)}
        </p>
      </div>
    </aside>
  );
}

function statusText(asking: boolean, faulty: boolean): string {
  if (asking) return '';
  return faulty ? 'The spec has faults.' : 'The spec is valid.';
}
