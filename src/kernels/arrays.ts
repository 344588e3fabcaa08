import { kernelError } from './errors.js';

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
