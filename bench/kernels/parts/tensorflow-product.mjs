/** One product of matrices on TensorFlow's C library, which `bench/kernels/dense.mjs` starts on one core; prints GFLOP/s as JSON.
 *
 *    node bench/kernels/parts/tensorflow-product.mjs <rows>,<inner>,<columns> */
import tf from '@tensorflow/tfjs-node';

const REPETITIONS = 10;
const WINDOW_MS = 30;

const [rows, inner, columns] = process.argv[2].split(',').map(Number);
const a = tf.randomUniform([rows, inner]);
const b = tf.randomUniform([inner, columns]);
/** The library has done it when the call returns. */
const multiply = () => tf.matMul(a, b).dispose();
for (let warm = 0; warm < 3; warm++) multiply();
const gflops = [];
for (let r = 0; r < REPETITIONS; r++) {
  const begun = performance.now();
  let calls = 0;
  do {
    multiply();
    calls++;
  } while (performance.now() - begun < WINDOW_MS);
  gflops.push((2 * rows * inner * columns * calls) / (performance.now() - begun) / 1e6);
}
console.log(JSON.stringify({ gflops }));
