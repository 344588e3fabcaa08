/** One float32 and its bits: written and read at once, never held. */
const word = new DataView(new ArrayBuffer(4));

/** Reads element k of a tensor of floating-point numbers; undefined for other types. Elements need not be aligned. */
export function widened(dtype: string, view: DataView): ((k: number) => number) | undefined {
  switch (dtype) {
    case 'F32':
      return (k) => view.getFloat32(4 * k, true);
    case 'F64':
      return (k) => view.getFloat64(8 * k, true);
    case 'F16':
      return (k) => halfOf(view.getUint16(2 * k, true));
    case 'BF16':
      return (k) => brainFloatOf(view.getUint16(2 * k, true));
    default:
      return undefined;
  }
}

/** 1 sign bit, 5 of the exponent (bias 15), 10 of the fraction. Source: IEEE 754-2019, binary16. */
function halfOf(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return (sign * fraction) / 2 ** 24;
  // 2^(exponent − 25), as a float32 of no fraction.
  word.setUint32(0, (exponent + 102) << 23);
  return sign * (1024 + fraction) * word.getFloat32(0);
}

/** The upper half of a float32. */
function brainFloatOf(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}
