import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verify } from '../../../cli/commands/verify.js';
import { runProgram } from '../../../cli/program.js';
import { nameOf, passes, type Target, type VerifyCase } from '../../../cli/verify/case.js';
import { verifyCases } from '../../../cli/verify/games/index.js';
import type { Outcome } from '../../../cli/verify/outcome.js';
import { specOf } from '../../../cli/verify/run.js';
import { summarize } from '../../../cli/verify/summary.js';
import { showBound } from '../../../cli/verify/table.js';
import { algorithmCatalog } from '../../../src/algorithms/index.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { fakeHost } from './fake-host.js';

const target = (bound: Target['bound'], known = 2): Target => ({
  quantity: 'payoff',
  known,
  bound,
  measure: ({ spec }) => spec.seed,
});

/** A case of milliseconds, whose figure is its seed. */
const small = (change: Partial<VerifyCase> = {}): VerifyCase => ({
  game: 'dilemma',
  algorithm: 'ppo',
  targets: [target({ within: 1 })],
  job: {
    env: { id: 'matrix-v1', options: { game: 'prisoners-dilemma', steps: 2 } },
    policies: { '*': { network: { hidden: [] } } },
    rollout: { shards: 1, envsPerShard: 2, horizon: 4 },
    evaluation: { every: 0, episodes: 1 },
    stop: { iterations: 2 },
  },
  ...change,
});

const flags = { algorithm: [], game: [] };

describe('a figure passes', () => {
  it.each<[Target['bound'], number, boolean]>([
    [{ atLeast: 475 }, 475, true],
    [{ atLeast: 475 }, 474.9, false],
    [{ atMost: 0.03 }, 0.03, true],
    [{ atMost: 0.03 }, 0.031, false],
    [{ within: 0.5 }, 1.5, true],
    [{ within: 0.5 }, 2.6, false],
    [{ within: 0 }, 2, true],
    [{ atLeast: 0 }, NaN, false],
    [{ atMost: 0 }, NaN, false],
    [{ within: 1 }, NaN, false],
  ])('%j, %d: %s', (bound, figure, passed) => {
    expect(passes({ known: 2, bound }, figure)).toBe(passed);
  });
});

describe('a summary', () => {
  const run = (seed: number, figures: readonly number[], more = {}) => ({
    seed,
    figures,
    seconds: seed,
    iterations: 2,
    agentSteps: 3,
    digest: '',
    interrupted: false,
    ...more,
  });

  it.each<[Target['bound'], number]>([
    [{ atLeast: 2 }, 1],
    [{ atMost: 2 }, 6],
    [{ within: 1 }, 6],
  ])('has the mean, the worst and the deviations: %j', (bound, worst) => {
    const { targets, ok, seconds } = summarize(small({ targets: [target(bound)] }), [
      run(1, [1]),
      run(2, [2]),
      run(3, [6]),
    ]);
    expect(targets[0]).toMatchObject({
      mean: 3,
      worst,
      figures: [1, 2, 6],
      reached: 2,
      deviation: { mean: 5 / 3, worst: 4 },
    });
    expect({ ok, seconds }).toEqual({ ok: false, seconds: 2 });
  });

  it('counts a run that failed as one that falls short, and leaves one that was interrupted out', () => {
    const failed = summarize(small(), [run(1, [2]), run(2, [], { error: 'broke' })]);
    expect(failed.ok).toBe(false);
    expect(failed.targets[0]).toMatchObject({ figures: [2, null], reached: 1, mean: 2 });
    const interrupted = summarize(small(), [run(1, [2]), run(2, [], { interrupted: true })]);
    expect(interrupted.ok).toBe(true);
    expect(interrupted.seeds.map(({ seed }) => seed)).toEqual([1]);
  });

  it('says what must be', () => {
    const bounds: Target['bound'][] = [{ atLeast: -200 }, { atMost: 0.03 }, { within: 0.05 }, { within: 0 }];
    expect(bounds.map((bound) => showBound({ known: 0.5, bound }))).toEqual(['≥ −200', '≤ 0.03', '0.5 ± 0.05', '0.5']);
  });
});

describe('marlin verify', () => {
  it('ends with 0 and a table when all is reached', async () => {
    const { host, out, err } = fakeHost();
    expect(await verify(host, { ...flags, seeds: 3 }, [small()])).toBe(0);
    expect(out.join('')).toMatch(/^dilemma ppo +payoff +2 +2 ± 1 +2 +(1|3) +3\/3 /m);
    expect(out.join('')).toContain('verified 1 cases');
    expect(err.filter((line) => /^[123]\/3 dilemma ppo seed [123] · payoff [123] · /.test(line))).toHaveLength(3);
  });

  it('ends with 1 when one falls short, and says which', async () => {
    const { host, out } = fakeHost();
    const cases = [small(), small({ variant: 'other', targets: [target({ atLeast: 2 })] })];
    expect(await verify(host, { ...flags, seeds: 2, quiet: true }, cases)).toBe(1);
    expect(out.join('')).toContain('falls short: dilemma ppo other\n');
  });

  it('ends with 1 when a run fails, and says why', async () => {
    const { host, out } = fakeHost();
    const broken = small({ algorithm: 'nothing', job: { ...small().job, algorithm: { id: 'nothing' } } });
    expect(await verify(host, { ...flags, seeds: 1 }, [broken])).toBe(1);
    expect(out.join('')).toMatch(/^dilemma nothing seed 1: .*is "nothing"/ms);
  });

  it('answers in JSON, and writes the same, a page and the jobs into a folder', async () => {
    const folder = join(temporaryFolder(), 'proof');
    const { host, out, err } = fakeHost();
    expect(await verify(host, { ...flags, seeds: 2, json: true, quiet: true, out: folder }, [small()])).toBe(0);
    expect(err).toEqual([]);
    const report = JSON.parse(out.join('')) as { ok: boolean; cases: { targets: { figures: number[] }[] }[] };
    expect(report.ok).toBe(true);
    expect(report.cases[0]!.targets[0]!.figures).toEqual([1, 2]);
    expect(JSON.parse(readFileSync(join(folder, 'verification.json'), 'utf8'))).toEqual(report);
    expect(readFileSync(join(folder, 'verification.md'), 'utf8')).toContain('| dilemma | ppo | payoff | 2 | 2 ± 1 |');
    const job = JSON.parse(readFileSync(join(folder, 'jobs/dilemma-ppo.json'), 'utf8')) as object;
    expect(job).toEqual({ name: 'dilemma-ppo', ...small().job });
  });

  it('stops when it is interrupted, and tells what was measured', async () => {
    const { host, out, err, interrupts } = fakeHost();
    const stopping = small({
      targets: [
        {
          ...target({ within: 9 }),
          measure: () => {
            for (const interrupt of interrupts) interrupt('SIGINT');
            return 1;
          },
        },
      ],
    });
    expect(await verify(host, { ...flags, seeds: 3 }, [stopping, small()])).toBe(130);
    expect(err.join('')).toContain('stopping after this iteration');
    expect(out.join('')).toMatch(/^dilemma ppo +payoff .* 1\/1 /m);
    expect(out.join('')).toContain('interrupted after');
    expect(interrupts.size).toBe(0);
  });

  it.each([
    [['--game', 'chess'], '--game chess is in no case; there are climbing, '],
    [['--algorithm', 'pp'], '--algorithm pp is in no case; there are ppo, '],
    [['--game', 'pendulum', '--algorithm', 'dqn'], 'no case has these games and algorithms together'],
    [['--seeds', '0'], '--seeds must be at least 1'],
  ])('refuses %j', async (args, message) => {
    const { host, err } = fakeHost();
    expect(await runProgram(host, ['verify', ...args])).toBe(2);
    expect(err.join('')).toContain(message);
  });
});

describe('the cases', () => {
  it('have names of their own, and jobs that are valid', () => {
    const names = verifyCases.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    for (const verified of verifyCases) {
      const { algorithm, stop } = specOf(verified, 1);
      expect(algorithm.id).toBe(verified.algorithm);
      expect(stop.iterations, nameOf(verified)).toBeGreaterThan(0);
    }
  });

  it('have every algorithm that learns', () => {
    const learning = algorithmCatalog.map(({ id }) => id).filter((id) => id !== 'fixed' && id !== 'pool');
    expect(learning.filter((id) => !verifyCases.some(({ algorithm }) => algorithm === id))).toEqual([]);
  });

  it('have every algorithm with several levels of decisions that learns on enter-offer', () => {
    const able = algorithmCatalog.filter(
      ({ id, capabilities }) => capabilities.actionSpaces.includes('hierarchical') && id !== 'fixed' && id !== 'pool',
    );
    const enter = verifyCases.filter(({ game }) => game === 'enter-offer').map(({ algorithm }) => algorithm);
    expect(able.map(({ id }) => id).filter((id) => !enter.includes(id))).toEqual([]);
    expect(able.length).toBeGreaterThan(3);
  });

  it('measure simple-spread by the agent that gets least, and by the mean of all', async () => {
    const { targets } = verifyCases.find(({ game }) => game === 'simple-spread')!;
    const agents = Object.fromEntries([-13, -10, -10].map((reached, i) => [`agent-${i}`, { return: reached }]));
    const outcome = { evaluate: () => Promise.resolve({ agents }) } as unknown as Outcome;
    const figures = await Promise.all(targets.map(({ measure }) => measure(outcome)));
    expect(figures).toEqual([-13, -11]);
    expect(targets.map((one, t) => passes(one, figures[t]!))).toEqual([false, true]);
  });

  it('have a short one for each kind of figure', () => {
    const short = verifyCases.filter((one) => one.short === true);
    const games = new Set(short.map(({ game }) => game));
    expect([...games]).toEqual(expect.arrayContaining(['climbing', 'two-step', 'matching-pennies', 'cartpole']));
    expect(existsSync('docs/verification.md')).toBe(true);
  });
});
