import { type Padding, paddingOf } from '../layers/index.js';

/** Windows over pictures [height, width, channels]: window (y, x) has its upper left corner at (y·down − top, x·across − left). */
export interface Windows {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Extents of a window. */
  readonly h: number;
  readonly w: number;
  readonly down: number;
  readonly across: number;
  readonly top: number;
  readonly left: number;
  /** How many windows there are, one below and one beside the other. */
  readonly Y: number;
  readonly X: number;
}

export function windowsOf(
  [height, width, channels]: readonly [number, number, number],
  [h, w]: readonly [number, number],
  [down, across]: readonly [number, number],
  padding: Padding,
  [Y, X]: readonly [number, number],
): Windows {
  const [top] = paddingOf(height, h, down, Y, padding);
  const [left] = paddingOf(width, w, across, X, padding);
  return { height, width, channels, h, w, down, across, top, left, Y, X };
}
