import { describe, expect, test } from 'vitest';
import { GumbelSoftmax } from '../../../../src/algorithms/maddpg/gumbel-softmax.js';
import { RandomStream } from '../../../../src/base/index.js';
import { expectClose } from './harness.js';
import { gradientOf } from './slow.js';

const COUNTS = [3, 2];
const O = 5;
const B = 4;
const random = new RandomStream(1, 'rows');
const logits = Float32Array.from({ length: B * O }, () => 1.5 * random.normal());
const uniforms = Float32Array.from({ length: B * O }, () => random.uniform());
const dActions = Float32Array.from({ length: B * O }, () => random.normal());
/** Some choices of every row are illegal, and of the last row's first segment all but one. */
const masks = Uint8Array.from([1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
const noMasks = new Uint8Array(0);

/** Shares of the choices in float64, segment by segment, as the paper has them. */
function sharesOf(x: readonly number[], mask: Uint8Array, temperature: number): number[] {
  const legal = (k: number): boolean => mask.length === 0 || mask[k] !== 0;
  const weights = x.map((logit, k) => {
    const gumbel = -Math.log(-Math.log(uniforms[k]! + 2 ** -25));
    return legal(k) ? Math.exp((logit + gumbel) / temperature) : 0;
  });
  return weights.map((weight, k) => {
    const first = Math.floor(k / O) * O + (k % O < 3 ? 0 : 3);
    const segment = weights.slice(first, first + (k % O < 3 ? 3 : 2));
    return weight / segment.reduce((sum, other) => sum + other, 0);
  });
}

const relaxed = (temperature: number, hard: boolean): GumbelSoftmax =>
  new GumbelSoftmax(COUNTS, { temperature, hard, maxRows: B });

describe.each([0.5, 1, 3])('choices at temperature %d', (temperature) => {
  test.each([
    ['all legal', noMasks],
    ['masked', masks],
  ] as const)('%s, have the shares of the paper and their gradient', (_, mask) => {
    const soft = relaxed(temperature, false);
    const actions = new Float32Array(B * O);
    soft.sample(logits, mask, uniforms, actions, B);
    expectClose([...actions], sharesOf([...logits], mask, temperature), 1e-6);
    const dLogits = new Float32Array(B * O);
    soft.backward(dActions, dLogits, B);
    const loss = (x: readonly number[]): number =>
      sharesOf(x, mask, temperature).reduce((sum, share, k) => sum + share * dActions[k]!, 0);
    expectClose([...dLogits], gradientOf(loss, [...logits]), 1e-5);
  });

  test('straight through, are the greatest share, with the gradient of the shares', () => {
    const [hard, soft] = [relaxed(temperature, true), relaxed(temperature, false)];
    const [chosen, shares] = [new Float32Array(B * O), new Float32Array(B * O)];
    const [ofChosen, ofShares] = [new Float32Array(B * O), new Float32Array(B * O)];
    hard.sample(logits, masks, uniforms, chosen, B);
    soft.sample(logits, masks, uniforms, shares, B);
    hard.backward(dActions, ofChosen, B);
    soft.backward(dActions, ofShares, B);
    expect(ofChosen).toEqual(ofShares);
    for (let b = 0; b < B; b++) {
      for (const [from, to] of [
        [0, 3],
        [3, 5],
      ]) {
        const own = [...shares.slice(b * O + from!, b * O + to!)];
        const greatest = own.indexOf(Math.max(...own));
        expect([...chosen.slice(b * O + from!, b * O + to!)]).toEqual(own.map((__, c) => (c === greatest ? 1 : 0)));
      }
    }
  });
});

test('an illegal choice is exactly 0, whatever its logit, and has gradient 0', () => {
  const loud = Float32Array.from(logits, (logit, k) => (masks[k] === 0 ? 1e30 : logit));
  for (const hard of [true, false]) {
    const relaxation = relaxed(1, hard);
    const actions = new Float32Array(B * O);
    const dLogits = new Float32Array(B * O).fill(7);
    relaxation.sample(loud, masks, uniforms, actions, B);
    relaxation.backward(dActions, dLogits, B);
    masks.forEach((legal, k) => {
      if (legal === 0) expect([actions[k], Math.abs(dLogits[k]!)]).toEqual([0, 0]);
      else expect(dLogits[k]).not.toBeNaN();
    });
  }
});

test('draws are as often each choice as its probability says, at any temperature', () => {
  const rows = 20_000;
  const x = [0.3, -1, 1.2];
  const weights = x.map(Math.exp);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const many = new GumbelSoftmax([3], { temperature: 0.3, hard: true, maxRows: rows });
  const stream = new RandomStream(5, 'draws');
  const actions = new Float32Array(rows * 3);
  many.sample(
    Float32Array.from({ length: rows * 3 }, (_, k) => x[k % 3]!),
    noMasks,
    Float32Array.from({ length: rows * 3 }, () => stream.uniform()),
    actions,
    rows,
  );
  for (const [c, weight] of weights.entries()) {
    const share = actions.reduce((total, action, k) => total + (k % 3 === c ? action : 0), 0) / rows;
    expect(Math.abs(share - weight / sum)).toBeLessThan(0.015);
  }
});

test('the least and the greatest uniform number leave finite shares', () => {
  const edges = new GumbelSoftmax([2], { temperature: 0.01, hard: false, maxRows: 1 });
  const actions = new Float32Array(2);
  edges.sample(new Float32Array([0, 0]), noMasks, new Float32Array([0, 1 - 2 ** -24]), actions, 1);
  expect([...actions]).toEqual([0, 1]);
});
