import type { RandomStream } from '../../base/index.js';
import { elementSize, highOf, lowOf, maskSize, type Space } from '../../spaces/index.js';
import { choiceGroups } from '../outputs.js';
import type { EnvironmentBatch } from '../port.js';

/** Writes a random legal action for every agent in instances from … B − 1. */
export function sampleActions(batch: EnvironmentBatch, random: RandomStream, from = 0): void {
  batch.agents.forEach((agent, i) => {
    const width = elementSize(agent.actionSpace);
    const mask = agent.masked ? batch.actionMask[i] : undefined;
    const choices = maskSize(agent.actionSpace);
    for (let b = from; b < batch.instances; b++) {
      sampleAction(agent.actionSpace, random, mask, b * choices, batch.action[i], b * width);
    }
  });
}

function sampleAction(
  space: Space,
  random: RandomStream,
  mask: Uint8Array | undefined,
  maskOffset: number,
  action: Float32Array,
  offset: number,
): void {
  if (space.kind === 'box') {
    const width = elementSize(space);
    for (let j = 0; j < width; j++) action[offset + j] = sampleNumber(lowOf(space, j), highOf(space, j), random);
    return;
  }
  let at = maskOffset;
  choiceGroups(space).forEach((count, decision) => {
    action[offset + decision] = sampleChoice(count, mask, at, random);
    at += count;
  });
}

function sampleNumber(low: number, high: number, random: RandomStream): number {
  const fraction = random.uniform();
  if (Number.isFinite(low) && Number.isFinite(high)) return Math.min(high, low + (high - low) * fraction);
  if (Number.isFinite(low)) return low + 2 * fraction;
  if (Number.isFinite(high)) return high - 2 * fraction;
  return random.normal();
}

function sampleChoice(count: number, mask: Uint8Array | undefined, at: number, random: RandomStream): number {
  if (mask === undefined) return random.integer(count);
  const legal: number[] = [];
  for (let choice = 0; choice < count; choice++) {
    if (mask[at + choice] !== 0) legal.push(choice);
  }
  // A mask without a legal choice has been reported when it was written.
  return legal.length === 0 ? 0 : legal[random.integer(legal.length)];
}
