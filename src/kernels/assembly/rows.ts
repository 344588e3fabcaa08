/** output[r, ·] = input[rows[r], ·] for R rows of `width` floats. */
export function gatherRows(input: usize, rows: usize, output: usize, R: i32, width: i32): void {
  const end = rows + (<usize>R << 2);
  if (width == 1) {
    for (; rows < end; rows += 4) {
      store<f32>(output, load<f32>(input + (<usize>load<u32>(rows) << 2)));
      output += 4;
    }
    return;
  }
  const bytes = <usize>width << 2;
  const whole = bytes & ~15;
  for (; rows < end; rows += 4) {
    const from = input + <usize>load<u32>(rows) * bytes;
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(output + at, v128.load(from + at));
    for (; at < bytes; at += 4) store<f32>(output + at, load<f32>(from + at));
    output += bytes;
  }
}

/** output[rows[r], ·] += input[r, ·] for R rows of `width` floats. */
export function addToRows(input: usize, rows: usize, output: usize, R: i32, width: i32): void {
  const end = rows + (<usize>R << 2);
  const bytes = <usize>width << 2;
  const whole = bytes & ~15;
  for (; rows < end; rows += 4) {
    const to = output + <usize>load<u32>(rows) * bytes;
    let at: usize = 0;
    for (; at < whole; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(input + at)));
    for (; at < bytes; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(input + at));
    input += bytes;
  }
}
