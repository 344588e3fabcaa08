import type { RandomStream } from '../../base/index.js';
import { box, discrete } from '../../spaces/index.js';
import type { Environment, EnvironmentBatch } from '../port.js';
import type { CueRecallOptions } from './options.js';

/** What a step is, one-hot after the symbol: it shows the cue, comes between, or asks. */
const CUE = 0;
const BETWEEN = 1;
const ASKED = 2;
const OVER = 3;
const PHASES = 3;

/** Every agent sees its cue in the first step, random symbols in the next `delay`, and the question in the last, where it names a
 *  symbol and is paid 1 if that was the cue. The question holds nothing of the cue, and before it there is nothing to choose, so
 *  without memory every policy is right with probability 1 / cues exactly. After Bakker 2002 (the T-maze) and Hausknecht and
 *  Stone 2015, brought down to the memory alone. */
export function createCueRecall({ cues: K, delay, agents: n }: CueRecallOptions): Environment {
  const features = K + PHASES;
  const last = delay + 1;
  const globalFeatures = n * K + 1;

  const phaseOf = (step: number): number => {
    if (step === 0) return CUE;
    if (step < last) return BETWEEN;
    return step === last ? ASKED : OVER;
  };

  const show = (
    { state, observation, actionMask, globalState }: EnvironmentBatch,
    b: number,
    r: RandomStream,
  ): void => {
    const { cue, step } = state;
    const phase = phaseOf(step[b]);
    const whole = b * globalFeatures;
    globalState.fill(0, whole, whole + globalFeatures);
    globalState[whole + n * K] = step[b] / (last + 1);
    for (let i = 0; i < n; i++) {
      const own = cue[b * n + i];
      globalState[whole + i * K + own] = 1;
      const seen = b * features;
      observation[i].fill(0, seen, seen + features);
      if (phase === CUE) observation[i][seen + own] = 1;
      if (phase === BETWEEN) observation[i][seen + r.integer(K)] = 1;
      if (phase !== OVER) observation[i][seen + K + phase] = 1;
      actionMask[i][b * K] = 1;
      actionMask[i].fill(phase === ASKED ? 1 : 0, b * K + 1, (b + 1) * K);
    }
  };

  const agent = { observationSpace: box(features, { low: 0, high: 1 }), actionSpace: discrete(K), masked: true };
  return {
    agents: Array.from({ length: n }, (_, i) => ({ id: `agent-${i}`, ...agent })),
    state: { cue: { dtype: 'u8', shape: [n] }, step: { dtype: 'i32' } },
    globalState: box(globalFeatures, { low: 0, high: 1 }),
    reset(batch, instances, count, random) {
      const { cue, step } = batch.state;
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        step[b] = 0;
        for (let i = 0; i < n; i++) cue[b * n + i] = random.integer(K);
        show(batch, b, random);
      }
    },
    step(batch, random) {
      const { cue, step } = batch.state;
      for (let b = 0; b < batch.instances; b++) {
        const asked = step[b] === last;
        for (let i = 0; i < n; i++) {
          batch.reward[i][b] = asked && batch.action[i][b] === cue[b * n + i] ? 1 : 0;
        }
        if (asked) batch.terminated[b] = 1;
        step[b]++;
        show(batch, b, random);
      }
    },
  };
}
