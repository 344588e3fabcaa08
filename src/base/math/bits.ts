/** The bit patterns of floating-point numbers, through one view of each width: written and read at once, never held.
 *  The views say which end of a float64 is which, so the byte order of the machine changes nothing. */

const float32 = new Float32Array(1);
const int32 = new Int32Array(float32.buffer);

const float64 = new Float64Array(1);
const words = new Uint32Array(float64.buffer);

/** 1 where the second word of a float64 in memory holds sign, exponent and leading bits of the fraction. */
const HIGH = ((): 0 | 1 => {
  float64[0] = 1;
  return words[1] === 0 ? 0 : 1;
})();
const LOW = 1 - HIGH;

/** Bits of the float32 nearest to x, as int32. */
export function float32Bits(x: number): number {
  float32[0] = x;
  return int32[0];
}

export function float32FromBits(bits: number): number {
  int32[0] = bits;
  return float32[0];
}

/** Sign, exponent and upper 20 bits of the fraction of a float64, as uint32. */
export function float64High(x: number): number {
  float64[0] = x;
  return words[HIGH];
}

/** Lower 32 bits of the fraction of a float64, as uint32. */
export function float64Low(x: number): number {
  float64[0] = x;
  return words[LOW];
}

export function float64FromWords(high: number, low: number): number {
  words[HIGH] = high;
  words[LOW] = low;
  return float64[0];
}

/** 2ᵏ as float64, exactly, for −1022 ≤ k ≤ 1023. */
export function powerOfTwo(k: number): number {
  return float64FromWords((k + 1023) << 20, 0);
}

/** x·2ᵏ rounded once, for |x| in [1/4, 4] and −1080 ≤ k ≤ 1025: results below 2⁻¹⁰²² meet one rounding, not two. */
export function scaleByPowerOfTwo(x: number, k: number): number {
  if (k > 1020) return x * powerOfTwo(1000) * powerOfTwo(k - 1000);
  if (k < -1018) return x * powerOfTwo(k + 200) * powerOfTwo(-200);
  return x * powerOfTwo(k);
}
