import { kernelError } from './errors.js';
import type { ChainLayer } from './port.js';

/** Throws KERNEL_SHAPE_MISMATCH unless `length` is a whole number of 0 or more. */
export function checkLength(what: string, length: number): void {
  if (Number.isSafeInteger(length) && length >= 0) return;
  throw kernelError('KERNEL_SHAPE_MISMATCH', `${what}(${length}): the length must be a whole number of 0 or more.`, {
    data: { length },
  });
}

/** Throws KERNEL_SHAPE_MISMATCH unless [offset, offset + length) lies inside an array of `available` elements. */
export function checkView(available: number, offset: number, length: number): void {
  checkLength('view offset', offset);
  checkLength('view length', length);
  if (offset + length <= available) return;
  throw kernelError(
    'KERNEL_SHAPE_MISMATCH',
    `A view of [${offset}, ${offset + length}) needs an array of ${offset + length} elements, but this one has ${available}.`,
    { data: { available, offset, length } },
  );
}

/** Throws KERNEL_SHAPE_MISMATCH unless there are layers, each takes what the one before gives, and their outputs have maxRows rows. */
export function checkChain(layers: readonly ChainLayer[], maxRows: number): void {
  checkLength('rows of a chain', maxRows);
  if (layers.length === 0) throw chainMismatch('A chain needs at least one layer, but has none.', 0);
  for (const [l, { inputs, outputs, output }] of layers.entries()) {
    const given = layers[l - 1]?.outputs ?? inputs;
    if (given !== inputs) {
      throw chainMismatch(`Layer ${l} of a chain takes ${inputs} inputs, but the layer before gives ${given}.`, l);
    }
    if (output.length < maxRows * outputs) {
      const problem = `Layer ${l} of a chain writes ${maxRows} rows of ${outputs}, but its output has ${output.length} elements.`;
      throw chainMismatch(problem, l);
    }
  }
}

const chainMismatch = (message: string, layer: number): Error =>
  kernelError('KERNEL_SHAPE_MISMATCH', message, { data: { layer } });
