/** Action masks, a byte each, taken into logits. */

const LEAST_LOGIT: f32 = -3.4028234663852886e38;

/** See `Kernels.maskChoices`. */
export function maskChoices(logits: usize, mask: usize, counts: usize, output: usize, B: i32, decisions: i32): i32 {
  let k = 0;
  for (let b = 0; b < B; b++) {
    for (let d = 0; d < decisions; d++, k++) {
      const end = mask + <usize>load<i32>(counts + (<usize>d << 2));
      let any: u32 = 0;
      for (; mask < end; mask++) {
        const legal = <u32>load<u8>(mask);
        any |= legal;
        const x = load<f32>(logits);
        const least = x < LEAST_LOGIT ? LEAST_LOGIT : x;
        store<f32>(output, select<f32>(least, -Infinity, legal != 0));
        logits += 4;
        output += 4;
      }
      if (any == 0) return k;
    }
  }
  return -1;
}

/** See `Kernels.maskBinary`. */
export function maskBinary(logits: usize, mask: usize, output: usize, n: i32): i32 {
  for (let k = 0; k < n; k++) {
    const zero = load<u8>(mask);
    const one = load<u8>(mask, 1);
    if ((zero | one) == 0) return k;
    const held = select<f32>(Infinity, -Infinity, zero == 0);
    store<f32>(output, select<f32>(load<f32>(logits), held, zero != 0 && one != 0));
    mask += 2;
    logits += 4;
    output += 4;
  }
  return -1;
}
