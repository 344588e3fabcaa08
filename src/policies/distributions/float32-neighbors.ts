const SMALLEST = 1.401298464324817e-45;
export const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** One float32 and its bits: written and read at once, never held. */
const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The smallest float32 that is not below x. */
export function lowestFloat32AtLeast(x: number): number {
  const nearest = Math.fround(x);
  return nearest >= x ? nearest : neighbor(nearest, true);
}

/** The largest float32 that is not above x. */
export function highestFloat32AtMost(x: number): number {
  const nearest = Math.fround(x);
  return nearest <= x ? nearest : neighbor(nearest, false);
}

/** The smallest float32 above x. */
export function lowestFloat32Above(x: number): number {
  const nearest = Math.fround(x);
  return nearest > x ? nearest : neighbor(nearest, true);
}

/** The largest float32 below x. */
export function highestFloat32Below(x: number): number {
  const nearest = Math.fround(x);
  return nearest < x ? nearest : neighbor(nearest, false);
}

/** The next float32 up or down. Floats of one sign are ordered as their bit patterns are. */
function neighbor(value: number, up: boolean): number {
  if (value === 0) return up ? SMALLEST : -SMALLEST;
  float[0] = value;
  bits[0] = bits[0]! + (value > 0 === up ? 1 : -1);
  return float[0]!;
}
