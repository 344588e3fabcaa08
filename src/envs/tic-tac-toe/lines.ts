/** Cells of the board, numbered row by row. */
export const CELLS = 9;

/** The lines through each cell, as the two other cells of each: other cells of line k at [2k] and [2k + 1]. */
const OTHERS: readonly (readonly number[])[] = [
  [1, 2, 3, 6, 4, 8],
  [0, 2, 4, 7],
  [0, 1, 5, 8, 4, 6],
  [4, 5, 0, 6],
  [3, 5, 1, 7, 0, 8, 2, 6],
  [3, 4, 2, 8],
  [7, 8, 0, 3, 2, 4],
  [6, 8, 1, 4],
  [6, 7, 2, 5, 0, 4],
];

/** Whether the stone on `cell` stands in a row, column or diagonal of three of its kind. board[offset …] are the cells. */
export function completesLine(board: ArrayLike<number>, offset: number, cell: number): boolean {
  const stone = board[offset + cell];
  const others = OTHERS[cell];
  for (let k = 0; k < others.length; k += 2) {
    if (board[offset + others[k]] === stone && board[offset + others[k + 1]] === stone) return true;
  }
  return false;
}
