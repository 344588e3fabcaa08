import type { LayerActivation } from '../layers/index.js';
import type { Tensor, Tensor2D, Tf } from './port.js';

export function activate(tf: Tf, x: Tensor, activation: LayerActivation): Tensor {
  switch (activation) {
    case 'none':
      return x;
    case 'tanh':
      return tf.tanh(x);
    case 'relu':
      return tf.relu(x);
    case 'sigmoid':
      return tf.sigmoid(x);
  }
}

/** activation(x·W + b) over the last extent of x [B, …, I]. Product, sum and activation are separate operations, as a recorded pass
 *  has them anyway: acting and learning then compute the same bits. */
export function dense(tf: Tf, x: Tensor, weights: Tensor, bias: Tensor, activation: LayerActivation): Tensor {
  const [inputs, outputs] = weights.shape as [number, number];
  const rows = x.rank === 2 ? (x as Tensor2D) : tf.reshape(x, [-1, inputs]);
  const sums = tf.add(tf.matMul(rows, weights as Tensor2D), bias);
  return activate(tf, x.rank === 2 ? sums : tf.reshape(sums, [...x.shape.slice(0, -1), outputs]), activation);
}
