import type { Points } from './thin.js';

/** Curves over one x axis, as charts want them: all x that any of them has, and of each its y there, or null. */
export function align(curves: readonly Points[]): [x: number[], ...ys: (number | null)[][]] {
  const places = [...new Set(curves.flatMap(({ x }) => x as number[]))].sort((a, b) => a - b);
  const ys = curves.map(({ x, y }) => {
    let i = 0;
    return places.map((place) => {
      while (i < x.length && x[i]! < place) i++;
      // Of several values at one place the last counts.
      while (i + 1 < x.length && x[i + 1] === place) i++;
      return x[i] === place ? y[i]! : null;
    });
  });
  return [places, ...ys];
}

/** The mean of several curves wherever one has a point; between its points a curve is a straight line, beyond them it is not counted. */
export function meanOf(curves: readonly Points[]): { x: number[]; y: number[] } {
  const places = [...new Set(curves.flatMap(({ x }) => x as number[]))].sort((a, b) => a - b);
  const sums = new Float64Array(places.length);
  const counts = new Uint32Array(places.length);
  for (const { x, y } of curves) {
    let i = 0;
    places.forEach((place, p) => {
      if (x.length === 0 || place < x[0]! || place > x[x.length - 1]!) return;
      while (i + 1 < x.length && x[i + 1]! <= place) i++;
      const [from, to] = [x[i]!, x[i + 1] ?? x[i]!];
      const along = to === from ? 0 : (place - from) / (to - from);
      sums[p]! += y[i]! + along * ((y[i + 1] ?? y[i]!) - y[i]!);
      counts[p]!++;
    });
  }
  return { x: places, y: places.map((_, p) => sums[p]! / counts[p]!) };
}
