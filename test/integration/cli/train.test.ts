import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { eventsOf, lastLine, linesOf, marlin, onlyRun, SMALL, start } from './program.js';

const files = { 'spec.json': JSON.stringify(SMALL) };
/** Runs until it is stopped: nothing in a test takes as long. */
const ENDLESS = ['train', 'spec.json', '--set', 'stop.iterations=1000000', '--actors', '1', '--learners', '1'];
const INLINE = ['--actors', '0', '--learners', '0'];

describe('marlin train', () => {
  it('leaves a whole run and ends with one line of JSON', async () => {
    const folder = temporaryFolder(files);
    const { code, stdout, stderr } = await marlin(folder, ['train', 'spec.json', '--json', ...INLINE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('iteration 6/6') });
    const line = lastLine(stdout);
    expect(Object.keys(line)).toEqual([
      'job',
      'state',
      'iterations',
      'envSteps',
      'agentSteps',
      'wallSeconds',
      'agentStepsPerSecond',
      'digest',
      'evaluation',
    ]);
    expect(line).toMatchObject({ state: 'succeeded', iterations: 6, envSteps: 480, agentSteps: 1440 });
    expect(line.evaluation).toMatchObject({ 'agent-0': { return: expect.any(Number) } });

    const run = onlyRun(folder);
    expect(run.endsWith(`small-${String(line.job)}`)).toBe(true);
    expect(readdirSync(run).sort()).toEqual(['checkpoints', 'job.json', 'metrics.jsonl', 'report.html', 'result.json']);
    expect(JSON.parse(readFileSync(join(run, 'job.json'), 'utf8'))).toMatchObject({
      job: line.job,
      spec: { seed: 1, algorithm: { id: 'ppo', options: { clip: 0.2 } } },
    });
    expect(eventsOf(run).filter((event) => event.type === 'iteration')).toHaveLength(6);
    expect(JSON.parse(readFileSync(join(run, 'result.json'), 'utf8'))).toMatchObject({
      digest: line.digest,
      reason: 'iterations',
    });
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain(String(line.digest));
  });

  it('writes no escape codes where there is no terminal', async () => {
    const { stdout, stderr } = await marlin(temporaryFolder(files), ['train', 'spec.json', ...INLINE]);
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stdout + stderr).not.toContain('\r');
    expect(stdout).toMatch(/^digest [0-9a-f]{64}$/m);
    expect(stdout).toMatch(/^agent-0 /m);
  });

  it('gives the same digest for any number of threads, and another for another seed', async () => {
    const digest = async (...args: string[]): Promise<unknown> => {
      const { stdout } = await marlin(temporaryFolder(files), ['train', 'spec.json', '--json', '--quiet', ...args]);
      return lastLine(stdout).digest;
    };
    const inline = await digest(...INLINE);
    expect(await digest('--actors', '2', '--learners', '2')).toBe(inline);
    expect(await digest(...INLINE, '--seed', '2')).not.toBe(inline);
  });

  it('reads a spec from standard input only when told', async () => {
    const { code, stderr } = await marlin(temporaryFolder(), ['train', '-']);
    expect(code).toBe(2);
    expect(stderr).toContain('is not JSON');
  });
});

describe('a run that goes on', () => {
  it('ends as one that was never stopped, also beyond its first end', async () => {
    const folder = temporaryFolder(files);
    const whole = lastLine((await marlin(folder, ['train', 'spec.json', '--json', ...INLINE])).stdout);
    rmSync(join(folder, 'runs'), { recursive: true });
    await marlin(folder, ['train', 'spec.json', '--iterations', '4', ...INLINE]);
    const args = ['train', '--resume', onlyRun(folder), '--iterations', '6', '--json', ...INLINE];
    const resumed = lastLine((await marlin(folder, args)).stdout);
    expect(resumed.digest).toBe(whole.digest);
    const events = eventsOf(onlyRun(folder));
    expect(events.flatMap((event) => (event.type === 'iteration' ? event.iteration : []))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(events.filter((event) => event.type === 'finished')).toHaveLength(1);
    expect(events.findLast((event) => event.type === 'started')?.iteration).toBe(4);
  });

  it('was killed: goes on from its checkpoint to the same digest', async () => {
    const folder = temporaryFolder(files);
    const whole = lastLine(
      (await marlin(folder, ['train', 'spec.json', '--json', '--iterations', '40', ...INLINE])).stdout,
    );
    rmSync(join(folder, 'runs'), { recursive: true });

    const run = start(folder, [
      'train',
      'spec.json',
      '--set',
      'stop.iterations=40',
      '--actors',
      '1',
      '--learners',
      '1',
    ]);
    await run.saw(/^iteration 4/m);
    run.child.kill('SIGKILL');
    await run.ended;
    expect(readdirSync(onlyRun(folder))).toContain('lock');

    const { code, stdout } = await marlin(folder, ['train', '--resume', onlyRun(folder), '--json', ...INLINE]);
    expect(code).toBe(0);
    expect(lastLine(stdout).digest).toBe(whole.digest);
    const iterations = eventsOf(onlyRun(folder)).flatMap((event) =>
      event.type === 'iteration' ? event.iteration : [],
    );
    expect(iterations).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    const resumed = eventsOf(onlyRun(folder)).findLast((event) => event.type === 'started');
    expect(resumed?.iteration).toBeGreaterThan(0);
    expect(readdirSync(onlyRun(folder))).not.toContain('lock');
  });

  it('was killed before its first checkpoint: starts over', async () => {
    const folder = temporaryFolder(files);
    const whole = lastLine((await marlin(folder, ['train', 'spec.json', '--json', ...INLINE])).stdout);
    const run = onlyRun(folder);
    rmSync(join(run, 'checkpoints'), { recursive: true });
    mkdirSync(join(run, 'checkpoints'));
    const { stdout } = await marlin(folder, ['train', '--resume', run, '--json', ...INLINE]);
    expect(lastLine(stdout)).toMatchObject({ digest: whole.digest, job: whole.job });
  });

  it('refuses settings that would change its weights', async () => {
    const folder = temporaryFolder(files);
    await marlin(folder, ['train', 'spec.json', '--iterations', '2', ...INLINE]);
    const { code, stderr } = await marlin(folder, ['train', '--resume', onlyRun(folder), '--seed', '9', ...INLINE]);
    expect(code).toBe(2);
    expect(stderr).toContain('RUN_SPEC_DIFFERS');
  });

  it('is evaluated at any checkpoint it keeps', async () => {
    const folder = temporaryFolder(files);
    await marlin(folder, ['train', 'spec.json', ...INLINE]);
    const evaluate = async (...args: string[]) => {
      const { stdout } = await marlin(folder, ['evaluate', onlyRun(folder), '--episodes', '3', '--json', ...args]);
      return lastLine(stdout);
    };
    const newest = await evaluate();
    expect(newest).toMatchObject({ iteration: 6, episodes: 3, agents: { 'agent-2': { length: 10 } } });
    expect(await evaluate('--checkpoint', '4')).toMatchObject({ iteration: 4 });
    expect(await evaluate('--checkpoint', '5')).toMatchObject({ error: { code: 'CHECKPOINT_UNKNOWN' } });
    expect((await evaluate('--seed', '77')).agents).not.toEqual(newest.agents);
  });
});

describe('a run that is under way', () => {
  it('is locked, and stops with a checkpoint at the first Ctrl-C', async () => {
    const folder = temporaryFolder(files);
    const run = start(folder, ENDLESS);
    await run.saw(/^iteration 2/m);
    const second = await marlin(folder, ['train', '--resume', onlyRun(folder)]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`RUN_LOCKED: process ${run.child.pid} is working on this run`);

    run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(stderr).toContain('stopping after this iteration; press again to quit');
    expect(stdout).toContain('go on with: marlin train --resume');
    const last = eventsOf(onlyRun(folder)).at(-1);
    expect(last).toMatchObject({ type: 'finished', state: 'cancelled', reason: 'interrupted' });
    const saved = readdirSync(join(onlyRun(folder), 'checkpoints'));
    expect(saved.some((name) => name.includes(String(last?.iteration)))).toBe(true);
  });

  it('stops with an error, and keeps its checkpoints, when the metrics cannot be written', async () => {
    const folder = temporaryFolder(files);
    await marlin(folder, ['train', 'spec.json', '--iterations', '2', ...INLINE]);
    const run = onlyRun(folder);
    rmSync(join(run, 'metrics.jsonl'));
    mkdirSync(join(run, 'metrics.jsonl'));
    const { code, stderr } = await marlin(folder, ['train', '--resume', run, '--iterations', '1000000', ...INLINE]);
    expect(code).toBe(1);
    expect(stderr).toContain('RUN_WRITE_FAILED');
    expect((await marlin(folder, ['evaluate', run, '--episodes', '1'])).code).toBe(0);
  });

  it('is not begun anew when all its checkpoints are broken', async () => {
    const folder = temporaryFolder(files);
    await marlin(folder, ['train', 'spec.json', '--iterations', '2', ...INLINE]);
    const checkpoints = join(onlyRun(folder), 'checkpoints');
    for (const name of readdirSync(checkpoints)) writeFileSync(join(checkpoints, name), 'broken');
    const { code, stdout } = await marlin(folder, ['train', '--resume', onlyRun(folder), '--json', ...INLINE]);
    expect(code).toBe(1);
    expect(lastLine(stdout)).toMatchObject({ error: { code: 'CHECKPOINT_CORRUPT' } });
    expect(linesOf(onlyRun(folder)).length).toBeGreaterThan(2);
  });

  it('fails with the error of the environment, and says so in result.json', async () => {
    const folder = temporaryFolder({
      'own.mjs': `
        import { defineEnvironment } from '${projectFolder}/dist/src/envs/index.js';
        const space = { kind: 'box', shape: [1] };
        export const environment = defineEnvironment({
          id: 'broken-v1', description: 'Fails.', agents: { me: { observation: space, action: space } }, state: {},
          reset({ observation }) { observation.me[0] = 0; }, step() { throw new Error('out of order'); },
        });`,
    });
    const spec = { ...SMALL, env: { id: 'broken-v1' } };
    writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec));
    const { code, stdout } = await marlin(folder, ['train', 'spec.json', '--env-module', 'own.mjs', '--json']);
    expect(code).toBe(1);
    const { error } = lastLine(stdout) as { error: { code: string; message: string } };
    expect(error.code).toBe('ENV_STEP_FAILED');
    expect(error.message).toContain('out of order');
    const result = JSON.parse(readFileSync(join(onlyRun(folder), 'result.json'), 'utf8')) as unknown;
    expect(result).toMatchObject({ state: 'failed', error: { code: 'ENV_STEP_FAILED' } });
    expect(readdirSync(onlyRun(folder))).not.toContain('lock');
  });
});
