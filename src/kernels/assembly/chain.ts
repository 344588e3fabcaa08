/** Layers whose outputs feed one another, in one call: rows go through all of them while they are in the cache.
 *
 *  A chain is written down by its owner (`wasm/chain.ts`) in 32-bit words: the number of layers, then of each inputs, outputs,
 *  activation, where its weights and its bias begin in the block of parameters (in floats), and the address of its output. Gradients lie
 *  as parameters do. */
import {
  backwardRows,
  beginBackward,
  EDGE_BYTES,
  forwardRows,
  GRADIENT_PANEL_BYTES,
  inputBlockBytes,
  prepareBackward,
  preparedBackwardBytes,
  preparedForwardBytes,
  prepareForward,
  ROWS,
} from './dense';

const LAYER_BYTES: usize = 24;

@inline
function layerOf(chain: usize, l: i32): usize {
  return chain + 4 + <usize>l * LAYER_BYTES;
}

@inline
function inputsOf(layer: usize): i32 {
  return load<i32>(layer);
}

@inline
function outputsOf(layer: usize): i32 {
  return load<i32>(layer, 4);
}

@inline
function activationOf(layer: usize): i32 {
  return load<i32>(layer, 8);
}

@inline
function weightsOf(layer: usize, block: usize): usize {
  return block + (<usize>load<u32>(layer, 12) << 2);
}

@inline
function biasOf(layer: usize, block: usize): usize {
  return block + (<usize>load<u32>(layer, 16) << 2);
}

/** Row b of what the layer gave. */
@inline
function outputOf(layer: usize, b: i32): usize {
  return <usize>load<u32>(layer, 20) + (<usize>(b * outputsOf(layer)) << 2);
}

/** Writes the outputs of all layers from input [B, inputs of the first]. */
export function chainForward(chain: usize, parameters: usize, input: usize, B: i32, scratch: usize): void {
  const count = load<i32>(chain);
  const first = scratch + EDGE_BYTES;
  let prepared = first;
  for (let l = 0; l < count; l++) {
    const layer = layerOf(chain, l);
    const I = inputsOf(layer);
    const O = outputsOf(layer);
    prepareForward(weightsOf(layer, parameters), biasOf(layer, parameters), B, I, O, prepared);
    prepared += preparedForwardBytes(I, O);
  }
  for (let b = 0; b < B; b += ROWS) {
    const rows = min(ROWS, B - b);
    let from = input + (<usize>(b * inputsOf(layerOf(chain, 0))) << 2);
    prepared = first;
    for (let l = 0; l < count; l++) {
      const layer = layerOf(chain, l);
      const I = inputsOf(layer);
      const O = outputsOf(layer);
      const weights = weightsOf(layer, parameters);
      const bias = biasOf(layer, parameters);
      const to = outputOf(layer, b);
      forwardRows(from, weights, bias, to, rows, B, I, O, activationOf(layer), prepared, scratch);
      prepared += preparedForwardBytes(I, O);
      from = to;
    }
  }
}

/** Of the last forward: adds to gradients, overwrites dOutput, writes dInput unless it is 0. */
export function chainBackward(
  chain: usize,
  parameters: usize,
  input: usize,
  dOutput: usize,
  gradients: usize,
  dInput: usize,
  B: i32,
  scratch: usize,
): void {
  const count = load<i32>(chain);
  let widest = 0;
  let most = 0;
  for (let l = 0; l < count; l++) {
    const I = inputsOf(layerOf(chain, l));
    most = max(most, I);
    if (l > 0) widest = max(widest, I);
  }
  const panel = scratch + EDGE_BYTES;
  const blocks = panel + GRADIENT_PANEL_BYTES;
  // Gradients of hidden outputs: a layer writes one while it reads the other.
  const hidden = blocks + inputBlockBytes(most);
  const hiddenBytes = inputBlockBytes(widest);
  let end = hidden + 2 * hiddenBytes;
  for (let l = dInput == 0 ? 1 : 0; l < count; l++) {
    const layer = layerOf(chain, l);
    const I = inputsOf(layer);
    const O = outputsOf(layer);
    prepareBackward(weightsOf(layer, parameters), I, O, end);
    end += preparedBackwardBytes(I, O);
  }
  const last = layerOf(chain, count - 1);
  const lastWidth = outputsOf(last);
  for (let b = 0; b < B; b += ROWS) {
    const rows = min(ROWS, B - b);
    let d = dOutput + (<usize>(b * lastWidth) << 2);
    beginBackward(outputOf(last, b), d, biasOf(last, gradients), rows, lastWidth, activationOf(last));
    let prepared = end;
    for (let l = count - 1; l >= 0; l--) {
      const layer = layerOf(chain, l);
      const I = inputsOf(layer);
      const O = outputsOf(layer);
      const weights = weightsOf(layer, parameters);
      const dWeights = weightsOf(layer, gradients);
      if (l > 0) {
        prepared -= preparedBackwardBytes(I, O);
        const below = layerOf(chain, l - 1);
        const values = outputOf(below, b);
        const to = hidden + <usize>(l & 1) * hiddenBytes;
        const bias = biasOf(below, gradients);
        backwardRows(values, weights, d, to, dWeights, rows, I, O, prepared, bias, activationOf(below), scratch, panel, blocks);
        d = to;
      } else {
        const at = <usize>(b * I) << 2;
        const to: usize = dInput == 0 ? 0 : dInput + at;
        const panels = hidden + 2 * hiddenBytes;
        backwardRows(input + at, weights, d, to, dWeights, rows, I, O, panels, 0, 0, scratch, panel, blocks);
      }
    }
  }
}
