import { defineErrors } from '../base/index.js';

export const NETWORK_ERRORS = {
  NETWORK_SIZE_INVALID: {
    meaning: 'A network was asked for with a size that is not a whole number of at least 1.',
    remedy: 'Correct the size that the message names.',
  },
  NETWORK_ROWS_INVALID: {
    meaning:
      'A network was called with more rows than it was made for, or backward did not follow a forward of as many rows.',
    remedy:
      'Walk larger batches in blocks of at most maxRows rows; call backward right after the forward it belongs to.',
  },
  NETWORK_PARAMETERS_SHORT: {
    meaning: 'A block of parameters or gradients is shorter than the network needs.',
    remedy: 'Allocate the block with parameterCount elements.',
  },
} as const;

export const networkError = defineErrors(NETWORK_ERRORS);
