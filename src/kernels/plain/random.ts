import { fillNormalFrom, fillUniformFrom } from '../../base/index.js';
import type { StreamPosition } from '../port.js';

/** Uniforms on [0, 1) from n/4 blocks, rounded up, of a stream. */
export function fillUniform(position: StreamPosition, output: Float32Array, n: number): void {
  fillUniformFrom(position, output, 0, n);
}

/** Standard normals from n/4 blocks, rounded up, of a stream. */
export function fillNormal(position: StreamPosition, output: Float32Array, n: number): void {
  fillNormalFrom(position, output, 0, n);
}
