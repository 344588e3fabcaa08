/** The types of TensorFlow.js, told to the port. They are apart from it because its declarations compile with `skipLibCheck` only,
 *  and nobody is to need that who does not use TensorFlow.js. */
import type * as tfjs from '@tensorflow/tfjs';

declare module './port.js' {
  interface TensorflowTypes {
    readonly tf: typeof tfjs;
    readonly layersModel: tfjs.LayersModel;
    readonly tensor: tfjs.Tensor;
    readonly tensor2d: tfjs.Tensor2D;
  }
}
