import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { colorName, dashOf } from './palette.js';

export interface LegendEntry {
  readonly label: string;
  readonly color: number;
  readonly onlyPoints: boolean;
}

interface LegendProps {
  readonly entries: readonly LegendEntry[];
  readonly hidden: ReadonlySet<string>;
  readonly onToggle?: ((label: string) => void) | undefined;
  /** label → where its value is told; filled here. */
  readonly values: Map<string, HTMLElement>;
}

/** As many as are shown before somebody asks for all. */
const FEW = 8;

/** Which line is whose, with a value of each, and a way to hide it. */
export function Legend({ entries, hidden, onToggle, values }: LegendProps): JSX.Element {
  const [all, setAll] = useState(false);
  const listed = all || entries.length <= FEW + 1 ? entries : entries.slice(0, FEW);
  return (
    <ul class="legend">
      {listed.map(({ label, color, onlyPoints }) => {
        const mark = (
          <>
            <i
              class={onlyPoints ? 'dot' : dashOf(color).length > 0 ? 'dashed' : ''}
              style={{ '--mark': color < 0 ? 'var(--text)' : `var(${colorName(color)})` }}
            />
            <span class="label">{label}</span>
            <span
              class="value"
              ref={(element) => {
                if (element === null) values.delete(label);
                else values.set(label, element);
              }}
            />
          </>
        );
        return (
          <li key={label}>
            {onToggle === undefined ? (
              <span class="entry">{mark}</span>
            ) : (
              <button type="button" class="entry" aria-pressed={!hidden.has(label)} onClick={() => onToggle(label)}>
                {mark}
              </button>
            )}
          </li>
        );
      })}
      {listed.length < entries.length && (
        <li>
          <button type="button" class="entry more" onClick={() => setAll(true)}>
            {entries.length - listed.length} more
          </button>
        </li>
      )}
    </ul>
  );
}
