/** Small policies whose arrays are written down once and read here by address, so that one call does what took as many as there are
 *  kernels, or policies. `wasm/groups.ts` writes them down, `native/groups.h` reads them in C. The arithmetic is that of the kernels
 *  called here, in the order of separate calls. */
import { denseBackward, denseForward } from './dense';
import { fill } from './elements';
import { gaussianBackward, gaussianLogProb, gaussianSample } from './gaussian';
import { squaresAround, sumRows } from './moments';
import { clippedObjective } from './objectives';
import { adam, scale, sumOfSquares } from './optimizers';
import { gatherRows } from './rows';

const LAYER_BYTES: usize = 24;

/** Word i from an address on, as a number … */
@inline function word(address: usize, i: usize): i32 {
  return load<i32>(address + (i << 2));
}

/** … or as an address. */
@inline function at(address: usize, i: usize): usize {
  return <usize>load<u32>(address + (i << 2));
}

@inline function floats(count: i32): usize {
  return <usize>count << 2;
}

/** A chain as `writeChain` writes it. */
function chainForward(chain: usize, parameters: usize, input: usize, B: i32, scratch: usize): void {
  const end = chain + 4 + at(chain, 0) * LAYER_BYTES;
  for (let layer = chain + 4; layer < end; layer += LAYER_BYTES) {
    const weights = parameters + (at(layer, 3) << 2);
    const bias = parameters + (at(layer, 4) << 2);
    const output = at(layer, 5);
    denseForward(input, weights, bias, output, B, word(layer, 0), word(layer, 1), word(layer, 2), scratch);
    input = output;
  }
}

/** hidden: two blocks of hiddenBytes each, for the gradients of hidden outputs. */
function chainBackward(
  chain: usize,
  parameters: usize,
  input: usize,
  dOutput: usize,
  gradients: usize,
  B: i32,
  scratch: usize,
  hidden: usize,
  hiddenBytes: usize,
): void {
  for (let l = word(chain, 0) - 1; l >= 0; l--) {
    const layer = chain + 4 + <usize>l * LAYER_BYTES;
    const from: usize = l == 0 ? input : at(layer - LAYER_BYTES, 5);
    const to: usize = l == 0 ? 0 : hidden + <usize>(l & 1) * hiddenBytes;
    const weightsAt = at(layer, 3) << 2;
    const biasAt = at(layer, 4) << 2;
    // prettier-ignore
    denseBackward(from, parameters + weightsAt, at(layer, 5), dOutput, to, gradients + weightsAt, gradients + biasAt, B, word(layer, 0), word(layer, 1), word(layer, 2), scratch);
    dOutput = to;
  }
}

const ACTOR_BYTES: usize = 44;

/** Step t of `count` actors with B rows each. Of each eleven words: chain, parameters, log σ, A, observations, I, noise, actions,
 *  logProbs, rows of a block at most, output of the chain. */
export function gaussianActs(actors: usize, count: i32, t: i32, B: i32, scratch: usize): void {
  const end = actors + <usize>count * ACTOR_BYTES;
  for (let actor = actors; actor < end; actor += ACTOR_BYTES) {
    const A = word(actor, 3);
    const I = word(actor, 5);
    const block = word(actor, 9);
    for (let b = 0; b < B; b += block) {
      const rows = min(block, B - b);
      const row = t * B + b;
      chainForward(at(actor, 0), at(actor, 1), at(actor, 4) + floats(row * I), rows, scratch);
      // prettier-ignore
      gaussianSample(at(actor, 10), at(actor, 2), at(actor, 6) + floats(row * A), at(actor, 7) + floats(row * A), at(actor, 8) + floats(row), rows, A, scratch);
    }
  }
}

const HALF_LOG_TWO_PI: f64 = 0.9189385332046727;
const ADVANTAGE_EPSILON: f64 = 1e-8;
const NORM_EPSILON: f64 = 1e-6;

/** One optimizer step on a minibatch: see `ClippedSteps`. step: 24 words, from byte 128 on 18 numbers and 6 sums, f64, in the order of
 *  `wasm/groups.ts`. scratch: that of the kernels, then, from what word 10 says on, the block's arrays. */
export function clippedStep(step: usize, samples: usize, count: i32, scratch: usize): void {
  const parameters = at(step, 2);
  const gradients = at(step, 3);
  const n = word(step, 6);
  const P = word(step, 7);
  const A = word(step, 8);
  const I = word(step, 9);
  const block = word(step, 11);
  const hiddenBytes = floats(block * word(step, 12));
  const numbers = step + 128;
  const sums = step + 272;
  const logStd = parameters + floats(P - A);
  const critic = parameters + floats(P);

  let mean: f64 = 0;
  let inverse: f64 = 1;
  if (word(step, 13) != 0 && count > 1) {
    mean = sumRows(at(step, 17), samples, count) / <f64>count;
    const squares = squaresAround(at(step, 17), samples, count, mean);
    inverse = 1 / (sqrt<f64>(squares / <f64>(count - 1)) + ADVANTAGE_EPSILON);
  }
  memory.fill(gradients, 0, floats(n));

  const observations = scratch + at(step, 10);
  const actions = observations + floats(block * I);
  const logProbs = actions + floats(block * A);
  const behavior = logProbs + floats(block);
  const dLogProbs = behavior + floats(block);
  const dEntropies = dLogProbs + floats(block);
  const dValues = dEntropies + floats(block);
  const dMeans = dValues + floats(block);
  const blockSums = dMeans + floats(block * A);
  const hidden = blockSums + 16;
  for (let b = 0; b < count; b += block) {
    const rows = min(block, count - b);
    const taken = samples + floats(b);
    gatherRows(at(step, 14), taken, observations, rows, I);
    gatherRows(at(step, 15), taken, actions, rows, A);
    gatherRows(at(step, 16), taken, behavior, rows, 1);
    chainForward(at(step, 0), parameters, observations, rows, scratch);
    gaussianLogProb(at(step, 20), logStd, actions, logProbs, rows, A, scratch);
    chainForward(at(step, 1), critic, observations, rows, scratch);
    // prettier-ignore
    clippedObjective(logProbs, behavior, at(step, 21), taken, at(step, 17), at(step, 18), at(step, 19), 0, dLogProbs, dValues, blockSums, rows, <f32>mean, <f32>inverse, number(numbers, 0), number(numbers, 1), number(numbers, 2), number(numbers, 3), number(numbers, 4), scratch);
    for (let s: usize = 0; s < 4; s++) addTo(sums + (s << 3), <f64>load<f32>(blockSums + (s << 2)));
    let entropy: f64 = 0;
    for (let j = 0; j < A; j++) entropy += <f64>load<f32>(logStd + floats(j));
    // A sum of equal float32 numbers is exact in float64.
    addTo(sums + 32, <f64>(<f32>(entropy + <f64>A * (HALF_LOG_TWO_PI + 0.5))) * <f64>rows);
    fill(dEntropies, number(numbers, 5), rows);
    // prettier-ignore
    gaussianBackward(at(step, 20), logStd, actions, dLogProbs, dEntropies, dMeans, gradients + floats(P - A), rows, A, scratch);
    // prettier-ignore
    chainBackward(at(step, 0), parameters, observations, dMeans, gradients, rows, scratch, hidden, hiddenBytes);
    // prettier-ignore
    chainBackward(at(step, 1), critic, observations, dValues, gradients + floats(P), rows, scratch, hidden, hiddenBytes);
  }

  const norm = sqrt<f64>(sumOfSquares(gradients, n));
  addTo(sums + 40, norm);
  const factor = load<f64>(numbers + 48) / (norm + NORM_EPSILON);
  if (factor < 1) scale(gradients, n, <f32>factor);
  // prettier-ignore
  adam(parameters, gradients, at(step, 4), at(step, 5), n, number(numbers, 9), number(numbers, 10), number(numbers, 11), number(numbers, 12), number(numbers, 13), number(numbers, 14), number(numbers, 15), number(numbers, 16), number(numbers, 17));
  const low = load<f64>(numbers + 56);
  const high = load<f64>(numbers + 64);
  for (let j = 0; j < A; j++) {
    const free = logStd + floats(j);
    const value = <f64>load<f32>(free);
    if (value < low) store<f32>(free, <f32>low);
    else if (value > high) store<f32>(free, <f32>high);
  }
}

@inline function number(numbers: usize, i: usize): f32 {
  return <f32>load<f64>(numbers + (i << 3));
}

@inline function addTo(address: usize, x: f64): void {
  store<f64>(address, load<f64>(address) + x);
}
