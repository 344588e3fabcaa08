import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { sampleActions } from '../../../src/envs/conformance/actions.js';
import {
  createBatch,
  createEnvironment,
  createStepper,
  environmentCatalog,
  findEnvironment,
} from '../../../src/envs/index.js';
import { elementSize, maskSize } from '../../../src/spaces/index.js';

/** Environments whose play is on record, with options that show much in few steps. A record changes only with the environment's
 *  version: what is seen, paid and drawn from the random stream stays as it is to the last bit. */
const RECORDED: readonly (readonly [id: string, options: object, steps: number])[] = [
  ['pendulum-v1', { steps: 6 }, 8],
  ['rock-paper-scissors-v1', { wins: [1, 2, 4], observation: 'last-actions', steps: 4 }, 8],
  ['tic-tac-toe-v1', { starts: 'random' }, 16],
  ['kuhn-poker-v1', {}, 12],
  ['level-foraging-v1', { size: 5, agents: 3, masked: true, penalty: 0.25, sight: 2, steps: 12 }, 24],
  ['two-rooms-v1', { size: 4, agents: 2, steps: 9 }, 12],
  ['cue-recall-v1', { cues: 3, delay: 2, agents: 2 }, 9],
];

describe('recorded play', () => {
  it.each(RECORDED)('of %s with %j is as it was', async (id, options, steps) => {
    await expect(playThrough(id, options, steps)).toMatchFileSnapshot(`play-throughs/${id}.txt`);
  });
});

/** Two instances with random legal actions, as text. */
function playThrough(id: string, options: object, steps: number): string {
  const environment = createEnvironment(findEnvironment(environmentCatalog, id), options);
  const batch = createBatch(environment, 2);
  const random = new RandomStream(1, 'play-through');
  const lines = [`${id} ${JSON.stringify(options)}`];
  const row = (values: ArrayLike<number>, b: number, width: number): string =>
    Array.from({ length: width }, (_, j) => shortest(values[b * width + j])).join(' ');
  const tell = (b: number): void => {
    environment.agents.forEach(({ id: agent, observationSpace, actionSpace, masked }, i) => {
      const mask = masked ? `, may ${row(batch.actionMask[i], b, maskSize(actionSpace)).replaceAll(' ', '')}` : '';
      lines.push(`  ${b} ${agent} sees ${row(batch.observation[i], b, elementSize(observationSpace))}${mask}`);
    });
    if (environment.globalState === undefined) return;
    lines.push(`  ${b} global state ${row(batch.globalState, b, elementSize(environment.globalState))}`);
  };
  const tellMoves = (): void => {
    for (let b = 0; b < 2; b++) {
      environment.agents.forEach(({ id: agent, actionSpace }, i) => {
        const does = row(batch.action[i], b, elementSize(actionSpace));
        const paid = row(batch.reward[i], b, environment.rewardHeads?.length ?? 1);
        lines.push(`  ${b} ${agent} does ${does}, is paid ${paid}`);
      });
    }
  };
  const stepper = createStepper(environment, batch, {
    environmentId: id,
    onEnded(ended, count) {
      tellMoves();
      for (const b of ended.subarray(0, count)) {
        tell(b);
        lines.push(`  ${b} ${batch.terminated[b] === 1 ? 'terminated' : 'truncated'}`);
        const names = environment.episodeMetrics ?? [];
        environment.agents.forEach(({ id: agent }, i) => {
          lines.push(`  ${b} ${agent}: ${names.join(' ')} ${row(batch.episodeMetric[i], b, names.length)}`);
        });
      }
    },
  });
  stepper.resetAll(random);
  lines.push('reset');
  for (let b = 0; b < 2; b++) tell(b);
  for (let t = 1; t <= steps; t++) {
    sampleActions(batch, random);
    lines.push(`step ${t}`);
    stepper.step(random);
    if (stepper.endedCount === 0) tellMoves();
    for (let b = 0; b < 2; b++) tell(b);
  }
  return `${lines.join('\n')}\n`;
}

/** The fewest digits that mean this float32. */
function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)));
    if (Math.fround(Number(text)) === value) return text;
  }
  return String(Number(value.toPrecision(9)));
}
