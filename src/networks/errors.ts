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
  NETWORK_SEQUENCES_INVALID: {
    meaning:
      'A recurrent network was called without telling which rows are steps of which sequence, or its rows are not as many as the steps of whole sequences.',
    remedy: 'Pass the sequences, with the state that each begins with; rows are steps times sequences.',
  },
  NETWORK_PARAMETERS_SHORT: {
    meaning: 'A block of parameters or gradients is shorter than the network needs.',
    remedy: 'Allocate the block with parameterCount elements.',
  },
  NETWORK_DESCRIPTION_INVALID: {
    meaning: 'The layers of a network do not fit together or their input, or are too many or too large.',
    remedy: 'Correct the layer or input that the message names.',
  },
  NETWORK_ENGINE_MISSING: {
    meaning: 'A network of kind "layers" was to learn where TensorFlow.js has not been loaded: it can only act there.',
    remedy: 'Await `loadTensorflow()` and attach it to the kernels before making networks that learn.',
  },
  TENSORFLOW_UNAVAILABLE: {
    meaning:
      'A job needs TensorFlow.js, and neither the backend asked for nor another that may stand for it works here.',
    remedy:
      'Install the packages; run `node scripts/install-tensorflow.mjs` for the native backend, or set another backend. `marlin doctor` says what works.',
  },
} as const;

export const networkError = defineErrors(NETWORK_ERRORS);
