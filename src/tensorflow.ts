/** Marlin's networks on TensorFlow.js, for whoever brings models or trains networks by code. With this door come the types of
 *  TensorFlow.js, whose declarations take `skipLibCheck`; without it `tf` is of type `any` in what `train` takes. */
import './networks/tensorflow/types.js';

export {
  type CreateModel,
  createModelNetwork,
  loadTensorflow,
  type TensorflowBackend,
  type TensorflowEngine,
} from './networks/tensorflow/index.js';
