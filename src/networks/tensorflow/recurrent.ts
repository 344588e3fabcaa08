import type { Tensor, Tensor2D, Tf } from './port.js';

/** Sequences as TensorFlow.js sees them. Rows of T·N are time-major. */
export interface Memory {
  readonly steps: number;
  /** [N, S] before the first step. */
  readonly state: Tensor2D;
  /** [T, N, 1]: 0 where an episode begins with the step, else 1; null: 1 everywhere. */
  readonly kept: Tensor | null;
}

export interface Remembered {
  /** [T·N, units] */
  readonly output: Tensor;
  /** [T·N, S]: the state after each row. */
  readonly states: Tensor;
}

/** r = σ(x·W_r + b_r + h·U_r + c_r), z likewise, n = tanh(x·W_n + b_n + r∘(h·U_n + c_n)), h' = n + z∘(h − n); parameters W, b, U, c as
 *  the kernels' own unit has them. Source: Cho et al. 2014, with the reset behind the product. */
export function gru(tf: Tf, x: Tensor, [weights, bias, recurrent, own]: readonly Tensor[], memory: Memory): Remembered {
  const inputs = tf.split(tf.add(tf.matMul(x as Tensor2D, weights as Tensor2D), bias!), memory.steps, 0);
  let h: Tensor = memory.state;
  const outputs = inputs.map((input, t) => {
    h = keep(tf, h, memory, t);
    const [inputR, inputZ, inputN] = tf.split(input, 3, 1) as [Tensor, Tensor, Tensor];
    const recalled = tf.add(tf.matMul(h as Tensor2D, recurrent as Tensor2D), own!);
    const [stateR, stateZ, stateN] = tf.split(recalled, 3, 1) as [Tensor, Tensor, Tensor];
    const r = tf.sigmoid(tf.add(inputR, stateR));
    const z = tf.sigmoid(tf.add(inputZ, stateZ));
    const n = tf.tanh(tf.add(inputN, tf.mul(r, stateN)));
    h = tf.add(n, tf.mul(z, tf.sub(h, n)));
    return h;
  });
  const output = outputs.length === 1 ? outputs[0]! : tf.concat(outputs, 0);
  return { output, states: output };
}

/** i, f, o = σ(x·W + h·R + b), g = tanh(…), c' = f∘c + i∘g, h' = o∘tanh(c'); the state is h ‖ c. Gates are in the order i, f, g, o.
 *  Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. */
export function lstm(tf: Tf, x: Tensor, [weights, recurrent, bias]: readonly Tensor[], memory: Memory): Remembered {
  const inputs = tf.split(tf.add(tf.matMul(x as Tensor2D, weights as Tensor2D), bias!), memory.steps, 0);
  let state: Tensor = memory.state;
  const outputs: Tensor[] = [];
  const states = inputs.map((input, t) => {
    const [h, c] = tf.split(keep(tf, state, memory, t), 2, 1) as [Tensor2D, Tensor];
    const sums = tf.add(input, tf.matMul(h, recurrent as Tensor2D));
    const [i, f, g, o] = tf.split(sums, 4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const next = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    const output = tf.mul(tf.sigmoid(o), tf.tanh(next));
    outputs.push(output);
    state = tf.concat([output, next], 1);
    return state;
  });
  const joined = (parts: Tensor[]): Tensor => (parts.length === 1 ? parts[0]! : tf.concat(parts, 0));
  return { output: joined(outputs), states: joined(states) };
}

/** The state before step t, zeros where an episode begins with it. */
function keep(tf: Tf, state: Tensor, { kept, steps }: Memory, t: number): Tensor {
  if (kept === null) return state;
  return tf.mul(state, steps === 1 ? tf.squeeze(kept, [0]) : tf.squeeze(tf.slice(kept, [t, 0, 0], [1, -1, -1]), [0]));
}
