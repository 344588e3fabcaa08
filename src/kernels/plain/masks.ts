import type { I32 } from '../port.js';

/** A legal logit is never −∞, which is what illegal ones become. */
const LEAST_LOGIT = -3.4028234663852886e38;

/** See `Kernels.maskChoices`. */
export function maskChoices(
  logits: Float32Array,
  mask: I32,
  counts: I32,
  output: Float32Array,
  B: number,
  decisions: number,
): number {
  const legal = bytesOf(mask);
  for (let k = 0, at = 0; k < B * decisions; k++) {
    let any = 0;
    for (const end = at + counts[k % decisions]; at < end; at++) {
      any |= legal[at];
      const x = logits[at];
      output[at] = legal[at] === 0 ? -Infinity : x < LEAST_LOGIT ? LEAST_LOGIT : x;
    }
    if (any === 0) return k;
  }
  return -1;
}

/** See `Kernels.maskBinary`. */
export function maskBinary(logits: Float32Array, mask: I32, output: Float32Array, n: number): number {
  const legal = bytesOf(mask);
  for (let k = 0; k < n; k++) {
    const [zero, one] = [legal[2 * k] !== 0, legal[2 * k + 1] !== 0];
    if (!zero && !one) return k;
    output[k] = zero ? (one ? logits[k] : -Infinity) : Infinity;
  }
  return -1;
}

const bytesOf = (mask: I32): Uint8Array => new Uint8Array(mask.buffer, mask.byteOffset, mask.byteLength);
