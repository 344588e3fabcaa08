import type { JSX } from 'preact';
import { MarlinApiError } from '../../client/index.js';
import { faultText, withoutPlaces } from '../fault-text.js';
import { useSession } from '../session.js';
import { Button } from './button.js';

/** What went wrong, in one sentence. */
export const problemText = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface ProblemProps {
  readonly error: unknown;
  /** Tries again. */
  readonly onRetry?: (() => void) | undefined;
  /** Pointers that are shown elsewhere, at their fields. */
  readonly shownPointers?: readonly string[];
}

/** What went wrong, as the API says it, and what can be done. */
export function Problem({ error, onRetry, shownPointers = [] }: ProblemProps): JSX.Element {
  const { askForKey } = useSession();
  const known = error instanceof MarlinApiError ? error : null;
  const places = known?.pointers.filter(({ pointer }) => !shownPointers.includes(pointer)) ?? [];
  return (
    <div class="problem" role="alert">
      <p class="detail">{withoutPlaces(problemText(error), known?.pointers ?? [])}</p>
      {places.length > 0 && (
        <ul>
          {places.map((place) => (
            <li key={place.pointer + place.detail}>
              <code>{place.pointer}</code> {faultText(place)}
            </li>
          ))}
        </ul>
      )}
      {known !== null && (
        <p class="meta">
          <code>{known.code}</code>
          {known.requestId !== undefined && (
            <>
              {' '}
              · request <code>{known.requestId}</code>
            </>
          )}
        </p>
      )}
      {(onRetry !== undefined || known?.status === 401) && (
        <div class="actions">
          {known?.status === 401 && (
            <Button small onClick={askForKey}>
              Enter a key
            </Button>
          )}
          {onRetry !== undefined && (
            <Button small onClick={onRetry}>
              Try again
            </Button>
          )}
        </div>
      )}
    </div>
  );
}
