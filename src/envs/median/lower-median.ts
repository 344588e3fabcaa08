/** Below this many numbers, insertion sort beats selection. */
const INSERTION_LIMIT = 24;

/** The lower median: element ⌊(n − 1) / 2⌋ of the first `n` values in ascending order. Reorders them; expects no NaN.
 *  Insertion sort for few numbers, else Hoare's selection with the median of three as pivot: O(n) on average. */
export function lowerMedian(values: Float64Array, n: number): number {
  const middle = (n - 1) >> 1;
  let left = 0;
  let right = n - 1;
  while (right - left >= INSERTION_LIMIT) {
    const pivot = medianOfThree(values[left], values[(left + right) >> 1], values[right]);
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i++] = values[j];
      values[j--] = swapped;
    }
    // Now left … j are at most the pivot, i … right at least, and what is between equals it.
    if (middle <= j) right = j;
    else if (middle >= i) left = i;
    else return pivot;
  }
  insertionSort(values, left, right);
  return values[middle];
}

/** The middle one of three numbers. */
export function medianOfThree(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}

function insertionSort(values: Float64Array, left: number, right: number): void {
  for (let i = left + 1; i <= right; i++) {
    const value = values[i];
    let j = i - 1;
    while (j >= left && values[j] > value) {
      values[j + 1] = values[j];
      j--;
    }
    values[j + 1] = value;
  }
}
