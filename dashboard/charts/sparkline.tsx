import type { JSX } from 'preact';
import './sparkline.css';

const WIDTH = 96;
const HEIGHT = 22;
const EDGE = 2;

interface SparklineProps {
  /** In order; what is no number leaves a gap. At most a hundred or so are worth it. */
  readonly values: readonly number[];
  /** What it shows, for those who do not see it. */
  readonly label: string;
}

/** A curve without axes, as large as a word. */
export function Sparkline({ values, label }: SparklineProps): JSX.Element {
  const path = sparklinePath(values);
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      {path === null ? (
        <line class="nothing" x1={EDGE} x2={WIDTH - EDGE} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      ) : (
        <>
          <path d={path.d} />
          <circle cx={path.end[0]} cy={path.end[1]} r="1.8" />
        </>
      )}
    </svg>
  );
}

/** The curve through the values, the least at the bottom; null where there are fewer than two. */
export function sparklinePath(
  values: readonly number[],
): { readonly d: string; readonly end: [number, number] } | null {
  const known = values.filter(Number.isFinite);
  if (known.length < 2) return null;
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  let d = '';
  let end: [number, number] = [0, 0];
  let pen: 'M' | 'L' = 'M';
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      pen = 'M';
      return;
    }
    const x = EDGE + ((WIDTH - 2 * EDGE) * i) / (values.length - 1);
    const y = span === 0 ? HEIGHT / 2 : HEIGHT - EDGE - ((HEIGHT - 2 * EDGE) * (value - low)) / span;
    end = [round(x), round(y)];
    d += `${pen}${end[0]} ${end[1]}`;
    pen = 'L';
  });
  return { d, end };
}

const round = (value: number): number => Math.round(value * 10) / 10;
