import { box, discrete } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import { CELLS, completesLine } from './lines.js';

/** The one legal action of who is not to move, and of both when the game is over. */
const WAIT = CELLS;
const ACTIONS = CELLS + 1;
const FEATURES = 2 * CELLS + 1;
const METRICS = ['won', 'lost', 'drawn', 'moves'] as const;
/** Nobody is to move. */
const OVER = 2;

/** Two agents take turns; whoever completes a line wins +1, the other is paid −1, a full board pays 0. Every game terminates
 *  after 5 to 9 steps; at each, one agent puts a stone on an empty cell and the other waits. */
export function createTicTacToe(randomStart: boolean): Environment {
  const observationSpace = box(FEATURES, { low: 0, high: 1 });
  const agent = { observationSpace, actionSpace: discrete(ACTIONS), masked: true } as const;
  return {
    agents: [
      { id: 'agent-0', ...agent },
      { id: 'agent-1', ...agent },
    ],
    // board: 0 empty, else 1 + the agent whose stone it is.
    state: { board: { dtype: 'u8', shape: [CELLS] }, mover: { dtype: 'u8' }, stones: { dtype: 'u8' } },
    globalState: observationSpace,
    episodeMetrics: METRICS,
    reset(batch, instances, count, random) {
      const { board, mover, stones } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        board.fill(0, b * CELLS, (b + 1) * CELLS);
        mover[b] = randomStart ? random.integer(2) : 0;
        stones[b] = 0;
        show(batch, b);
      }
    },
    step(batch) {
      const { board, mover, stones } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const player = mover[b];
        const cell = batch.action[player][b];
        if (!(cell < CELLS) || board[b * CELLS + cell] !== 0) throw illegalMove(batch, b, player);
        board[b * CELLS + cell] = 1 + player;
        stones[b]++;
        const won = completesLine(board, b * CELLS, cell);
        batch.reward[player][b] = won ? 1 : 0;
        batch.reward[1 - player][b] = won ? -1 : 0;
        if (won || stones[b] === CELLS) finish(batch, b, won ? player : OVER);
        else mover[b] = 1 - player;
        show(batch, b);
      }
    },
  };
}

function finish(batch: EnvironmentBatch, b: number, winner: number): void {
  batch.terminated[b] = 1;
  batch.state.mover[b] = OVER;
  for (let i = 0; i < 2; i++) {
    const metric = batch.episodeMetric[i];
    const at = b * METRICS.length;
    metric[at] = winner === i ? 1 : 0;
    metric[at + 1] = winner === 1 - i ? 1 : 0;
    metric[at + 2] = winner === OVER ? 1 : 0;
    metric[at + 3] = batch.state.stones[b];
  }
}

/** Writes what both see, what they may do, and the global state, which is what agent-0 sees.
 *
 *      | own stones: 9 cells | the other's: 9 cells | 1 where it is one's turn |        cells row by row */
function show(batch: EnvironmentBatch, b: number): void {
  const { observation, actionMask, globalState } = batch;
  const { board, mover } = batch.state;
  const at = b * FEATURES;
  const choices = b * ACTIONS;
  const first = mover[b] === 0 ? 1 : 0;
  const second = mover[b] === 1 ? 1 : 0;
  for (let cell = 0; cell < CELLS; cell++) {
    const stone = board[b * CELLS + cell];
    const noughts = stone === 1 ? 1 : 0;
    const crosses = stone === 2 ? 1 : 0;
    const empty = stone === 0 ? 1 : 0;
    observation[0][at + cell] = noughts;
    observation[0][at + CELLS + cell] = crosses;
    observation[1][at + cell] = crosses;
    observation[1][at + CELLS + cell] = noughts;
    globalState[at + cell] = noughts;
    globalState[at + CELLS + cell] = crosses;
    actionMask[0][choices + cell] = first * empty;
    actionMask[1][choices + cell] = second * empty;
  }
  observation[0][at + 2 * CELLS] = first;
  observation[1][at + 2 * CELLS] = second;
  globalState[at + 2 * CELLS] = first;
  actionMask[0][choices + WAIT] = 1 - first;
  actionMask[1][choices + WAIT] = 1 - second;
}

function illegalMove(batch: EnvironmentBatch, b: number, player: number): RangeError {
  const { id } = batch.agents[player];
  return new RangeError(
    `agent "${id}" is to move in instance ${b} and chose ${batch.action[player][b]}; choose an empty cell, as its mask says`,
  );
}
