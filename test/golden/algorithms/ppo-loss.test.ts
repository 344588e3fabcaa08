import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createPlainKernels, type F32 } from '../../../src/kernels/index.js';
import { createDistribution } from '../../../src/policies/index.js';
import { box } from '../../../src/spaces/index.js';

interface Golden {
  readonly clip: number;
  readonly vf_coef: number;
  readonly ent_coef: number;
  readonly mean: number[][];
  readonly log_std: number[][];
  readonly value: number[][];
  readonly act: number[][];
  readonly adv: number[][];
  readonly val: number[][];
  readonly ret: number[][];
  readonly logp: number[][];
  readonly loss: number;
  readonly d_mean: number[][];
  readonly d_log_std: number[][];
  readonly d_value: number[][];
}

const golden = JSON.parse(readFileSync(new URL('../ppo-loss.json', import.meta.url), 'utf8')) as Golden;

test('the PPO loss of Gaussian policies and its gradients equal PyTorch’s', () => {
  const kernels = createPlainKernels();
  const place = (values: readonly number[]): F32 => {
    const array = kernels.f32(values.length);
    array.set(values);
    return array;
  };
  const noMask = new Uint8Array(0);
  let loss = 0;
  golden.mean.forEach((mean, agent) => {
    const rows = mean.length;
    const distribution = createDistribution(
      box(1),
      { kind: 'gaussian', initialLogStd: 0, logStdBounds: [-10, 2] },
      false,
    );
    const outputs = place(mean);
    const free = place(golden.log_std[agent]);
    const actions = place(golden.act[agent]);
    const logProbs = kernels.f32(rows);
    const entropies = kernels.f32(rows);
    distribution.logProb(outputs, free, noMask, actions, logProbs, rows);
    distribution.entropy(outputs, free, noMask, entropies, rows);
    const advantages = place(normalize(golden.adv[agent]));
    const [dLogProbs, dEntropies, dValues, dMean] = [0, 0, 0, 0].map(() => kernels.f32(rows));
    const dFree = kernels.f32(1);
    const sums = kernels.f32(4);
    const samples = kernels.i32(rows);
    for (let b = 0; b < rows; b++) samples[b] = b;
    kernels.clippedObjective(
      logProbs,
      place(golden.logp[agent]),
      place(golden.value[agent]),
      samples,
      advantages,
      place(golden.val[agent]),
      place(golden.ret[agent]),
      null,
      dLogProbs,
      dValues,
      sums,
      rows,
      {
        advantageMean: 0,
        advantageScale: 1,
        clip: golden.clip,
        valueClip: golden.clip,
        lossScale: 1 / rows,
        valueScale: golden.vf_coef / rows,
      },
    );
    dEntropies.fill(-golden.ent_coef / rows);
    distribution.backward(outputs, free, noMask, actions, dLogProbs, dEntropies, dMean, dFree, rows);
    const [policyLoss, valueLoss] = sums;
    loss += (policyLoss + golden.vf_coef * valueLoss - golden.ent_coef * kernels.sum(entropies, rows)) / rows;
    expectClose(dMean, golden.d_mean[agent]);
    expectClose(dFree, golden.d_log_std[agent]);
    expectClose(dValues, golden.d_value[agent]);
  });
  expectClose([loss], [golden.loss]);
});

/** Mean 0 and sample standard deviation 1, as the golden file's notes say. */
function normalize(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return values.map((value) => (value - mean) / (Math.sqrt(variance) + 1e-8));
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expected.forEach((value, j) => {
    expect(Math.abs(actual[j] - value), `${actual[j]}, not ${value}, at ${j}`).toBeLessThanOrEqual(
      1e-5 * Math.max(1, Math.abs(value)),
    );
  });
}
