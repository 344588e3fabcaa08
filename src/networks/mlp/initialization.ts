import type { RandomStream } from '../../base/index.js';
import type { NetworkSpec } from '../spec.js';

export type Initialization = NetworkSpec['initialization'];

/** √2 keeps the scale of activations through orthogonal layers; the uniform laws have their scale in their bound. */
export const defaultHiddenGain = (initialization: Initialization): number =>
  initialization === 'orthogonal' ? Math.SQRT2 : 1;

/** Writes the first weights f32[I, O] of a dense layer. The uniform laws are U(−r, r):
 *  - xavierUniform: r = gain·√(6 / (I + O)). Source: Glorot and Bengio 2010, eq. 16.
 *  - heUniform: r = gain·√(6 / I). Source: He et al. 2015, eq. 10.
 *  - lecunUniform: r = gain·√(3 / I). Source: LeCun et al. 1998, section 4.6.
 *  - orthogonal: WᵀW = gain²·1 where I ≥ O, else WWᵀ = gain²·1. Source: Saxe et al. 2014. */
export function initializeWeights(
  weights: Float32Array,
  I: number,
  O: number,
  initialization: Initialization,
  gain: number,
  random: RandomStream,
): void {
  switch (initialization) {
    case 'zeros':
      weights.fill(0, 0, I * O);
      return;
    case 'xavierUniform':
      return fillSymmetric(weights, I * O, gain * Math.sqrt(6 / (I + O)), random);
    case 'heUniform':
      return fillSymmetric(weights, I * O, gain * Math.sqrt(6 / I), random);
    case 'lecunUniform':
      return fillSymmetric(weights, I * O, gain * Math.sqrt(3 / I), random);
    case 'orthogonal':
      return fillOrthogonal(weights, I, O, gain, random);
  }
}

/** Biases start uniform on ±bound; a bound of 0 draws nothing. */
export function initializeBiases(biases: Float32Array, bound: number, random: RandomStream): void {
  if (bound === 0) biases.fill(0);
  else fillSymmetric(biases, biases.length, bound, random);
}

function fillSymmetric(weights: Float32Array, n: number, bound: number, random: RandomStream): void {
  for (let k = 0; k < n; k++) weights[k] = (2 * random.uniform() - 1) * bound;
}

/** min(I, O) orthonormal vectors of length max(I, O) from standard normals by Gram–Schmidt: the Q of a QR decomposition whose
 *  R has a positive diagonal, so Q is uniform over orthogonal frames (Mezzadri 2007). Float64, every vector orthogonalized
 *  twice: once loses digits where the vectors are many. */
function fillOrthogonal(weights: Float32Array, I: number, O: number, gain: number, random: RandomStream): void {
  const count = Math.min(I, O);
  const length = Math.max(I, O);
  const vectors = new Float64Array(count * length);
  for (let v = 0; v < count; v++) {
    const at = v * length;
    // A vector that (almost) lies in the span of the earlier ones says nothing about a direction: draw another.
    for (let accepted = false; !accepted; ) {
      for (let k = 0; k < length; k++) vectors[at + k] = random.normal();
      const before = dot(vectors, at, at, length);
      for (let pass = 0; pass < 2; pass++) {
        for (let other = 0; other < v; other++) removeComponent(vectors, at, other * length, length);
      }
      const after = dot(vectors, at, at, length);
      accepted = after > before * 1e-12;
      if (accepted) {
        const scale = 1 / Math.sqrt(after);
        for (let k = 0; k < length; k++) vectors[at + k] = vectors[at + k]! * scale;
      }
    }
  }
  for (let i = 0; i < I; i++) {
    for (let o = 0; o < O; o++) {
      weights[i * O + o] = gain * (I >= O ? vectors[o * length + i]! : vectors[i * length + o]!);
    }
  }
}

function dot(vectors: Float64Array, a: number, b: number, length: number): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += vectors[a + k]! * vectors[b + k]!;
  return sum;
}

function removeComponent(vectors: Float64Array, from: number, unit: number, length: number): void {
  const component = dot(vectors, from, unit, length);
  for (let k = 0; k < length; k++) vectors[from + k] = vectors[from + k]! - component * vectors[unit + k]!;
}
