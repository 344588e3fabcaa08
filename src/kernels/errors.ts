import { defineErrors } from '../base/index.js';

export const KERNEL_ERRORS = {
  KERNEL_SHAPE_MISMATCH: {
    meaning:
      'An array given to a numeric routine is shorter than its shapes need, or a length is not a whole number of 0 or more.',
    remedy: 'Use the length named in the message.',
  },
  KERNEL_MEMORY_EXHAUSTED: {
    meaning: 'The kernel memory of one thread reached its limit.',
    remedy: 'Use a smaller horizon, fewer instances per shard or a smaller network.',
  },
  KERNEL_ARRAY_UNKNOWN: {
    meaning: 'An array was freed that this kernel memory never handed out, or was freed twice.',
    remedy: 'Free each array once, on the kernels that made it.',
  },
  KERNEL_MODULE_MISSING: {
    meaning: 'The compiled WebAssembly kernels are not in the installation.',
    remedy: 'Run `npm run build`.',
  },
  KERNEL_NATIVE_MISSING: {
    meaning: 'The native kernels were asked for, and were not built for this system or do not load on it.',
    remedy:
      'Install a C compiler (gcc or clang) and run `node scripts/build-native.mjs` in the folder of Marlin, or use the engine "auto": WebAssembly gives the same bits.',
  },
} as const;

export const kernelError = defineErrors(KERNEL_ERRORS);
