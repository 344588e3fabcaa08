const { fround } = Math;

/** Sums over rows in float32 are taken in so many parts: row b goes to part b mod 16. */
export const STRIPES = 16;

/** The sum of 16 parts: s_l + s_{l+8}, then + s_{l+4}, + s_{l+2}, + s_{l+1}. Overwrites them. */
export function joinStripes(parts: Float32Array): number {
  for (let width = STRIPES / 2; width >= 1; width /= 2) {
    for (let l = 0; l < width; l++) parts[l] = fround(parts[l] + parts[l + width]);
  }
  return parts[0];
}
