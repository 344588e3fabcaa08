const SMALLEST = 1.401298464324817e-45;

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

/** The next float32 up or down. Finite floats of one sign are ordered as their bit patterns are. */
function neighbor(value: number, up: boolean): number {
  const float = new Float32Array([value]);
  const bits = new Int32Array(float.buffer);
  if (value === 0) return up ? SMALLEST : -SMALLEST;
  bits[0] = bits[0]! + (value > 0 === up ? 1 : -1);
  return float[0]!;
}
