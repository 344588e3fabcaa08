/** Plain work on arrays, four elements at a time. */

/** output[j] = value for n floats. */
export function fill(output: usize, value: f32, n: i32): void {
  const whole = output + (<usize>(n & ~3) << 2);
  const end = output + (<usize>n << 2);
  for (; output < whole; output += 16) v128.store(output, f32x4.splat(value));
  for (; output < end; output += 4) store<f32>(output, value);
}

/** output[j] = a[j] + factor·b[j] for n floats; output may be a or b. */
export function addScaled(a: usize, b: usize, factor: f32, output: usize, n: i32): void {
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  let at: usize = 0;
  for (; at < whole; at += 16) {
    v128.store(output + at, f32x4.add(v128.load(a + at), f32x4.mul(f32x4.splat(factor), v128.load(b + at))));
  }
  for (; at < end; at += 4) store<f32>(output + at, load<f32>(a + at) + factor * load<f32>(b + at));
}

/** output[t·C + c] = first[c] + t·stride for t < T, c < C. */
export function strideRows(first: usize, C: i32, T: i32, stride: i32, output: usize): void {
  for (let t = 0; t < T; t++) {
    const step = t * stride;
    let c = 0;
    for (; c + 4 <= C; c += 4) {
      v128.store(output, i32x4.add(v128.load(first + (<usize>c << 2)), i32x4.splat(step)));
      output += 16;
    }
    for (; c < C; c++) {
      store<i32>(output, load<i32>(first + (<usize>c << 2)) + step);
      output += 4;
    }
  }
}
