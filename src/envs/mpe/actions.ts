import { Type } from 'typebox';
import { box, discrete, multiDiscrete, type Space } from '../../spaces/index.js';

export const MoveActions = Type.Union([Type.Literal('discrete'), Type.Literal('continuous')], {
  default: 'discrete',
  description:
    'discrete: one choice. continuous: numbers in [0, 1], a force to each side and a strength for each word; finer, and a larger space to explore.',
});

/** How actions are encoded. */
export type ActionKind = 'discrete' | 'multiDiscrete' | 'continuous';

/** None, left, right, down, up. */
const MOVES = 5;
const MOVE_X = Float64Array.of(0, -1, 1, 0, 0);
const MOVE_Y = Float64Array.of(0, 0, 0, -1, 1);

/** What an agent may do, and how its numbers are read. `words` is what it can say, 0 where it is silent. */
export interface ActionReader {
  readonly space: Space;
  /** push[at], push[at + 1] = the movement of instance b, each in [−1, 1]. */
  readMove(action: Float32Array, b: number, push: Float64Array, at: number): void;
  /** speech[at … at + words − 1] = how strongly it says each word. */
  readWords(action: Float32Array, b: number, speech: Float32Array, at: number): void;
}

/** Reads actions as MPE2 does.
 *
 *      discrete       move + 5 · word                                  one of 5 · words; a speaker that stands still: word
 *      multiDiscrete  | move | word |
 *      continuous     | – | left | right | down | up | word 0 | … |    clipped to [0, 1]; the first number has no effect  */
export function createActionReader(
  kind: ActionKind,
  { moves, words }: { moves: boolean; words: number },
): ActionReader {
  const moveCount = moves ? MOVES : 1;
  if (kind === 'continuous') return createContinuousReader(moves ? MOVES : 0, words);
  const paired = kind === 'multiDiscrete' && moves && words > 0;
  const moveOf = (action: Float32Array, b: number): number => (paired ? action[b * 2] : action[b] % moveCount);
  const wordOf = (action: Float32Array, b: number): number =>
    paired ? action[b * 2 + 1] : Math.floor(action[b] / moveCount);
  return {
    space: paired ? multiDiscrete([MOVES, words]) : discrete(moveCount * Math.max(words, 1)),
    readMove(action, b, push, at) {
      const move = moveOf(action, b);
      push[at] = MOVE_X[move];
      push[at + 1] = MOVE_Y[move];
    },
    readWords(action, b, speech, at) {
      speech.fill(0, at, at + words);
      speech[at + wordOf(action, b)] = 1;
    },
  };
}

function createContinuousReader(moveWidth: number, words: number): ActionReader {
  const width = moveWidth + words;
  return {
    space: box(width, { low: 0, high: 1 }),
    readMove(action, b, push, at) {
      const from = b * width;
      push[at] = clip(action[from + 2]) - clip(action[from + 1]);
      push[at + 1] = clip(action[from + 4]) - clip(action[from + 3]);
    },
    readWords(action, b, speech, at) {
      for (let word = 0; word < words; word++) speech[at + word] = clip(action[b * width + moveWidth + word]);
    },
  };
}

const clip = (x: number): number => (x < 0 ? 0 : x > 1 ? 1 : x);
