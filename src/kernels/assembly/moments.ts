/** Sums over chosen values in float64: term j goes to stripe j mod 8, as in `sum`. */

/** Σ_j values[rows[j]] of n rows. */
export function sumRows(values: usize, rows: usize, n: i32): f64 {
  return stripes(values, rows, n, 0, false);
}

/** Σ_j (values[rows[j]] − mean)² of n rows; rows 0: of the first n values. */
export function squaresAround(values: usize, rows: usize, n: i32, mean: f64): f64 {
  return rows == 0 ? stripes(values, 0, n, mean, true) : stripes(values, rows, n, mean, true);
}

@inline
function term(values: usize, rows: usize, j: i32, mean: f64, square: bool): f64 {
  const at = rows == 0 ? <u32>j : load<u32>(rows + (<usize>j << 2));
  const value = <f64>load<f32>(values + (<usize>at << 2));
  if (!square) return value;
  const off = value - mean;
  return off * off;
}

/** What is constant where this is inlined leaves no branch. */
@inline
function stripes(values: usize, rows: usize, n: i32, mean: f64, square: bool): f64 {
  let s0: f64 = 0;
  let s1: f64 = 0;
  let s2: f64 = 0;
  let s3: f64 = 0;
  let s4: f64 = 0;
  let s5: f64 = 0;
  let s6: f64 = 0;
  let s7: f64 = 0;
  let j = 0;
  for (; j + 8 <= n; j += 8) {
    s0 += term(values, rows, j, mean, square);
    s1 += term(values, rows, j + 1, mean, square);
    s2 += term(values, rows, j + 2, mean, square);
    s3 += term(values, rows, j + 3, mean, square);
    s4 += term(values, rows, j + 4, mean, square);
    s5 += term(values, rows, j + 5, mean, square);
    s6 += term(values, rows, j + 6, mean, square);
    s7 += term(values, rows, j + 7, mean, square);
  }
  const left = n - j;
  if (left > 0) s0 += term(values, rows, j, mean, square);
  if (left > 1) s1 += term(values, rows, j + 1, mean, square);
  if (left > 2) s2 += term(values, rows, j + 2, mean, square);
  if (left > 3) s3 += term(values, rows, j + 3, mean, square);
  if (left > 4) s4 += term(values, rows, j + 4, mean, square);
  if (left > 5) s5 += term(values, rows, j + 5, mean, square);
  if (left > 6) s6 += term(values, rows, j + 6, mean, square);
  return s0 + s4 + (s2 + s6) + (s1 + s5 + (s3 + s7));
}
