/** Elementary functions with fixed bits, for whatever reaches actions, rewards or weights: the host's own differ between
 *  versions and processors. Each is a fixed sequence of + − × ÷, comparisons and bit operations, in float32 (`…F32`: every
 *  operation rounded to float32, the bits of the kernels) or float64 (`…F64`). Error bounds: `docs/numerics.md`.
 *  Scalars only; arrays are the kernels' business. Imports nothing. */
export { expF64, expm1F64, log1pF64, logF64, tanhF64 } from './exponential-f64.js';
export { expF32, logF32, sigmoidF32, softplusF32, tanhF32 } from './f32.js';
export {
  inverseMillsF64,
  logNormalCdfF64,
  millsRatioF64,
  normalCdfF64,
  normalDensityF64,
  normalQuantileF64,
} from './normal-f64.js';
export { powF64 } from './power-f64.js';
export { cosF32, cosTurnsF32, sinF32, sinTurnsF32 } from './trigonometry-f32.js';
export { cosF64, sinF64 } from './trigonometry-f64.js';
