import type { RandomStream } from '../../base/index.js';
import { logF32 } from '../../base/math/index.js';
import {
  activeLevels,
  type CompositeSpace,
  elementSize,
  type HierarchicalSpace,
  highOf,
  lowOf,
  maskSize,
  placeLevels,
  readBound,
  type SimpleSpace,
} from '../../spaces/index.js';
import { choiceGroups } from '../outputs.js';
import type { EnvironmentBatch } from '../port.js';

/** Draws until a number is inside its bounds; bounds that cross, which are reported where they are written, have none. */
const ATTEMPTS = 16;

/** Where one instance's action of an agent is written, and the mask and observation that say what is legal there. */
interface Place {
  readonly actions: Float32Array;
  readonly offset: number;
  readonly mask: Uint8Array | undefined;
  readonly maskOffset: number;
  readonly observations: Float32Array;
  readonly observationOffset: number;
}

/** Writes a random legal action for every agent in instances from … B − 1. Observed bounds are read off the observations that
 *  the batch holds. Levels are decided in order, inactive ones are 0; a composite action passes half of the time. */
export function sampleActions(batch: EnvironmentBatch, random: RandomStream, from = 0): void {
  batch.agents.forEach(({ actionSpace, observationSpace, masked }, i) => {
    const width = elementSize(actionSpace);
    const choices = maskSize(actionSpace);
    const features = elementSize(observationSpace);
    for (let b = from; b < batch.instances; b++) {
      const place: Place = {
        actions: batch.action[i],
        offset: b * width,
        mask: masked ? batch.actionMask[i] : undefined,
        maskOffset: b * choices,
        observations: batch.observation[i],
        observationOffset: b * features,
      };
      if (actionSpace.kind === 'hierarchical') sampleLevels(actionSpace, place, random);
      else if (actionSpace.kind === 'composite') sampleComposite(actionSpace, place, random);
      else sampleSimple(actionSpace, place, random);
    }
  });
}

function sampleLevels(space: HierarchicalSpace, place: Place, random: RandomStream): void {
  const levels = placeLevels(space);
  const active = new Uint8Array(levels.length);
  place.actions.fill(0, place.offset, place.offset + elementSize(space));
  levels.forEach((level, l) => {
    // Whether this level is active follows from the earlier ones, which are decided.
    activeLevels(levels, place.actions, place.offset, active, 0);
    if (active[l] === 0) return;
    const { offset, maskOffset } = place;
    const own = { ...place, offset: offset + level.offset, maskOffset: maskOffset + level.maskOffset };
    sampleSimple(level.space, own, random);
  });
}

function sampleComposite({ side, reservation }: CompositeSpace, place: Place, random: RandomStream): void {
  const { actions, offset, observations, observationOffset } = place;
  const passes = random.uniform() < 0.5;
  const [low, high] =
    side === 'seller'
      ? [readBound(reservation, -Infinity, observations, observationOffset), Infinity]
      : [-Infinity, readBound(reservation, Infinity, observations, observationOffset)];
  actions[offset] = passes ? 0 : sampleNumber(low, high, random);
}

function sampleSimple(space: SimpleSpace, place: Place, random: RandomStream): void {
  const { actions, offset, mask, observations, observationOffset } = place;
  if (space.kind === 'box') {
    const width = elementSize(space);
    for (let j = 0; j < width; j++) {
      const low = lowOf(space, j, observations, observationOffset);
      const high = highOf(space, j, observations, observationOffset);
      actions[offset + j] = sampleNumber(low, high, random);
    }
    return;
  }
  let at = place.maskOffset;
  choiceGroups(space).forEach((count, decision) => {
    actions[offset + decision] = sampleChoice(count, mask, at, random);
    at += count;
  });
}

/** A float32 in [low, high]: uniform where both are finite, exponential (mean 1) away from the only finite one, else normal. */
function sampleNumber(low: number, high: number, random: RandomStream): number {
  let value = drawNumber(low, high, random);
  // Rounded to float32 a draw may leave bounds that are no float32 themselves: 0.1 as float32 lies above 0.1.
  for (let k = 1; k < ATTEMPTS && (value < low || value > high); k++) value = drawNumber(low, high, random);
  return value;
}

function drawNumber(low: number, high: number, random: RandomStream): number {
  const bounded = Number.isFinite(low);
  if (bounded && Number.isFinite(high)) return Math.fround(low + (high - low) * random.uniform());
  if (bounded) return Math.fround(low - logF32(1 - random.uniform()));
  if (Number.isFinite(high)) return Math.fround(high + logF32(1 - random.uniform()));
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
