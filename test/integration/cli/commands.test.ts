import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { lastLine, marlin, SMALL } from './program.js';

describe('exit codes', () => {
  it.each([
    ['help', ['--help'], 0],
    ['a version', ['--version'], 0],
    ['no command', [], 2],
    ['an unknown command', ['trian'], 2],
    ['an unknown option', ['train', '--sed', '1'], 2],
    ['a number that is none', ['train', 'spec.json', '--seed', '1.5'], 2],
    ['neither spec nor run', ['train'], 2],
    ['a missing file', ['train', 'missing.json'], 2],
    ['an unknown run', ['evaluate', 'missing'], 1],
    ['an unknown environment', ['envs', 'median-v2'], 2],
    ['an unknown algorithm', ['algorithms', 'pp'], 2],
  ])('%s', async (_, args, code) => {
    const result = await marlin(temporaryFolder(), args);
    expect(result.code).toBe(code);
    expect(result.stderr === '').toBe(code === 0);
    expect(result.stderr).not.toMatch(/^ {4}at /m);
  });
});

describe('a bad spec', () => {
  const files = { 'spec.json': JSON.stringify({ ...SMALL, sed: 1, rollout: { shards: 0 } }) };

  it('ends with code 2 and every fault with its pointer', async () => {
    const { code, stdout, stderr } = await marlin(temporaryFolder(files), ['train', 'spec.json']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('error JOB_SPEC_INVALID: The job spec has 2 faults:');
    expect(stderr).toContain('/sed is no field here; did you mean "seed"?');
    expect(stderr).toContain('/rollout/shards is 0, but must be a whole number from 1 to 65536');
  });

  it('is one object with --json', async () => {
    const { code, stdout } = await marlin(temporaryFolder(files), ['validate', 'spec.json', '--json']);
    expect(code).toBe(2);
    const { error } = lastLine(stdout) as { error: { code: string; data: { faults: { pointer: string }[] } } };
    expect(error.code).toBe('JOB_SPEC_INVALID');
    expect(error.data.faults.map((fault) => fault.pointer).sort()).toEqual(['/rollout/shards', '/sed']);
  });

  it('may be mended on the command line', async () => {
    const args = ['validate', 'spec.json', '--json', '--set', 'rollout.shards=3', '--set', 'sed=null'];
    const { stdout } = await marlin(temporaryFolder(files), args);
    const { error } = lastLine(stdout) as { error: { data: { faults: { pointer: string }[] } } };
    expect(error.data.faults.map((fault) => fault.pointer)).toEqual(['/sed']);
  });
});

describe('environments of one’s own', () => {
  const module = `
    import { defineEnvironment } from '${projectFolder}/dist/src/envs/index.js';
    const box = { kind: 'box', shape: [1] };
    export const environment = defineEnvironment({
      id: 'own-v1', description: 'Mine.', agents: { me: { observation: box, action: box } }, state: {},
      reset(instance) { instance.observation.me[0] = 0; },
      step(instance) { instance.reward.me[0] = -Math.abs(instance.action.me[0]); instance.truncated = true; },
    });`;

  it('are listed, and named where they are meant', async () => {
    const folder = temporaryFolder({ 'own.mjs': module });
    const { stdout } = await marlin(folder, ['envs', '--env-module', 'own.mjs']);
    expect(stdout).toMatch(/^own-v1 +1 {2}Mine\.$/m);
    const listed = await marlin(folder, ['envs', 'own-v1', '--json'], { MARLIN_ENVS: 'own.mjs' });
    expect(JSON.parse(listed.stdout)).toMatchObject({ id: 'own-v1', agents: [{ id: 'me' }] });
    const spec = await marlin(temporaryFolder({ 'own.mjs': module }), ['schema', '--env-module', 'own.mjs']);
    expect(spec.stdout).toContain('"own-v1"');
  });

  it.each([
    ['missing.mjs', 'no module of environments at'],
    ['broken.mjs', 'cannot be loaded'],
    ['empty.mjs', 'exports no environment, but other'],
    ['script.js', 'name it .mjs, or set "type": "module"'],
    ['typed.ts', 'compile it to JavaScript'],
  ])('%s is refused', async (path, message) => {
    const folder = temporaryFolder({
      'package.json': '{ "type": "commonjs" }',
      'broken.mjs': 'export const = 1',
      'empty.mjs': 'export const other = 1;',
      'script.js': module,
      'typed.ts': module,
    });
    const { code, stderr } = await marlin(folder, ['envs', '--env-module', path]);
    expect(code).toBe(1);
    expect(stderr).toContain('ENV_MODULE_INVALID');
    expect(stderr).toContain(message);
  });
});

describe('what there is', () => {
  it('doctor finds a machine that can train', async () => {
    const { code, stdout } = await marlin(temporaryFolder(), ['doctor', '--json']);
    const { ok, checks } = lastLine(stdout) as { ok: boolean; checks: { check: string; level: string }[] };
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(checks.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        'Node',
        'WASM SIMD',
        'threads',
        'kernels',
        'TensorFlow.js',
        'cores',
        'memory',
        'writing runs',
        'Redis',
      ]),
    );
  });

  it('the options of an algorithm are listed with default, range and meaning', async () => {
    const { stdout } = await marlin(temporaryFolder(), ['algorithms', 'ppo']);
    expect(stdout).toMatch(/^clip +0\.2 +a number above 0 and at most 10 +\S/m);
    const { fields } = lastLine((await marlin(temporaryFolder(), ['algorithms', 'ppo', '--json'])).stdout);
    expect(fields).toContainEqual(expect.objectContaining({ path: 'optimizer.beta1', default: '0.9' }));
  });
});
