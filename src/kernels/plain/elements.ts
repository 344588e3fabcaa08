const { fround } = Math;

/** See `Kernels.addScaled`. */
export function addScaled(a: Float32Array, b: Float32Array, factor: number, output: Float32Array, n: number): void {
  const rounded = fround(factor);
  for (let j = 0; j < n; j++) output[j] = fround(a[j] + fround(rounded * b[j]));
}

/** See `Kernels.strideRows`. */
export function strideRows(first: Int32Array, C: number, T: number, stride: number, output: Int32Array): void {
  for (let t = 0; t < T; t++) for (let c = 0; c < C; c++) output[t * C + c] = first[c] + t * stride;
}
