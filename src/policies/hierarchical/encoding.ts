import type { F32 } from '../../kernels/index.js';
import type { PlacedLevel } from '../../spaces/index.js';

/** Earlier decisions as inputs of a later level's network: a box or binary element as its number, a choice of n as n numbers, one of
 *  them 1. An inactive level is all zeros. Elements that the level's own condition fixes say nothing and are left out. */
export class EarlierDecisions {
  /** Numbers per row. */
  readonly size: number;
  /** In the order of the inputs, without gaps. */
  readonly parts: readonly EarlierDecision[];

  constructor(levels: readonly PlacedLevel[], position: number) {
    const fixed = fixedElements(levels, position);
    const parts: EarlierDecision[] = [];
    let at = 0;
    for (const [l, level] of levels.slice(0, position).entries()) {
      for (let j = 0; j < level.size; j++) {
        const offset = level.offset + j;
        if (fixed.has(offset)) continue;
        const choices = choicesOf(level, j);
        parts.push({ level: l, offset, choices, at });
        at += choices === 0 ? 1 : choices;
      }
    }
    this.parts = parts;
    this.size = at;
  }

  /** Writes `size` numbers to inputs[to…] for the action at actions[from…], whose levels active[fromActive…] tells. */
  write(actions: F32, from: number, active: Uint8Array, fromActive: number, inputs: F32, to: number): void {
    for (let p = 0; p < this.parts.length; p++) {
      const { level, offset, choices, at } = this.parts[p]!;
      const value = active[fromActive + level] === 0 ? -1 : actions[from + offset]!;
      if (choices === 0) {
        inputs[to + at] = active[fromActive + level] === 0 ? 0 : value;
        continue;
      }
      for (let c = 0; c < choices; c++) inputs[to + at + c] = value === c ? 1 : 0;
    }
  }
}

/** One element of an earlier level, as inputs. */
export interface EarlierDecision {
  /** Position of its level. */
  readonly level: number;
  /** Place of the element in the action. */
  readonly offset: number;
  /** Choices of the element; 0 where it is written as a number. */
  readonly choices: number;
  /** Place among the inputs. */
  readonly at: number;
}

function choicesOf({ space }: PlacedLevel, element: number): number {
  if (space.kind === 'discrete') return space.count;
  return space.kind === 'multiDiscrete' ? space.counts[element]! : 0;
}

/** Elements of the action that have one value whenever the level at `position` is active. */
function fixedElements(levels: readonly PlacedLevel[], position: number): ReadonlySet<number> {
  const fixed = new Set<number>();
  let { condition } = levels[position]!;
  while (condition !== null) {
    if (condition.is.length === 1) fixed.add(condition.offset);
    condition = levels[condition.level]!.condition;
  }
  return fixed;
}
