/** From numbers to places in a picture, and the round numbers that lie between. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Puts low … high to from … to. What is a single number lies in the middle. */
export function linearScale(low: number, high: number, from: number, to: number, wantedTicks = 6): Scale {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span))
    return { at: () => (from + to) / 2, ticks: Number.isFinite(low) ? [low] : [] };
  const rough = span / wantedTicks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((own) => own >= rough) ?? 10 * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return {
    at: (value) => from + ((value - low) / span) * (to - from),
    // Of a product and not of a sum, so that 0.3 is not 0.30000000000000004.
    ticks: Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12))),
  };
}

/** The least and the greatest, with some room around. */
export function boundsOf(values: Iterable<number>, margin = 0.06): [low: number, high: number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const room = (high - low) * margin || Math.abs(high) * 0.1 || 1;
  return [low - room, high + room];
}
