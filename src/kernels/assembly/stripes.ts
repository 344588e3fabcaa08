/** Sums over rows in float32 in sixteen parts: row b goes to part b mod 16. They lie in scratch, four vectors. */
export const STRIPES: i32 = 16;
export const STRIPE_BYTES: usize = 64;

/** All ones in the first `count` lanes; 4 and more are all. */
@inline export function laneMask(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** s_l + s_{l+8}, then + s_{l+4}, + s_{l+2}, + s_{l+1}. */
@inline export function joinStripes(parts: usize): f32 {
  const even = f32x4.add(v128.load(parts), v128.load(parts, 32));
  const odd = f32x4.add(v128.load(parts, 16), v128.load(parts, 48));
  const four = f32x4.add(even, odd);
  const two = f32x4.add(four, v128.shuffle<i64>(four, four, 1, 0));
  return f32x4.extract_lane(two, 0) + f32x4.extract_lane(two, 1);
}
