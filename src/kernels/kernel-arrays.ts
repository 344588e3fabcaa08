declare const kernelMemory: unique symbol;

/** float32 array inside the memory of one `Kernels`: only its `f32` makes one, only `view` makes a part of one. */
export type F32 = Float32Array & { readonly [kernelMemory]: true };
/** int32 array inside the memory of one `Kernels`. */
export type I32 = Int32Array & { readonly [kernelMemory]: true };
