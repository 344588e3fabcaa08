import type { Act } from './episodes.js';

const LINES = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const;

/** A board as text: a dot for an empty cell, else 0 or 1, whose stone it is. */
export type Board = string;
export const EMPTY: Board = '.........';

/** 0 or 1 for a winner, 2 for a draw, undefined while the game goes on. */
export function resultOf(board: Board): number | undefined {
  for (const [a, b, c] of LINES) {
    if (board[a] !== '.' && board[a] === board[b] && board[a] === board[c]) return Number(board[a]);
  }
  return board.includes('.') ? undefined : 2;
}

export const movesOf = (board: Board): number[] => [...board].flatMap((stone, cell) => (stone === '.' ? [cell] : []));

export const after = (board: Board, cell: number, player: number): Board =>
  `${board.slice(0, cell)}${player}${board.slice(cell + 1)}`;

/** What the game is worth to who is to move, between perfect players: 1, 0 or −1. */
function createSolver(): (board: Board, player: number) => number {
  const known = new Map<Board, number>();
  const solve = (board: Board, player: number): number => {
    const result = resultOf(board);
    if (result !== undefined) return result === 2 ? 0 : result === player ? 1 : -1;
    const stored = known.get(board);
    if (stored !== undefined) return stored;
    const worth = Math.max(...movesOf(board).map((cell) => -solve(after(board, cell, player), 1 - player)));
    known.set(board, worth);
    return worth;
  };
  return solve;
}
const solve = createSolver();

/** The moves that keep what the game is worth. */
export const perfectMoves = (board: Board, player: number): number[] =>
  movesOf(board).filter((cell) => -solve(after(board, cell, player), 1 - player) === solve(board, player));

/** Agents in `perfect` draw one of their perfect moves, the others one of the legal ones; who does not move waits. */
export const ticTacToePlayers =
  (perfect: readonly number[]): Act =>
  ({ state, action, instances }, random) => {
    for (let b = 0; b < instances; b++) {
      const board = [...state.board.subarray(b * 9, (b + 1) * 9)]
        .map((stone) => (stone === 0 ? '.' : String(stone - 1)))
        .join('');
      const player = state.mover[b];
      const moves = perfect.includes(player) ? perfectMoves(board, player) : movesOf(board);
      action[player][b] = moves[random.integer(moves.length)];
      action[1 - player][b] = 9;
    }
  };
