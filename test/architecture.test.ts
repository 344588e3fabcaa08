import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findHostDependence, type Permissions } from './helpers/host-dependence.js';
import { listFiles, projectFolder, runNode } from './helpers/project.js';
import { temporaryFolder } from './helpers/temporary-folder.js';

interface CruiseResult {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

async function cruise(folder: string, roots: readonly string[]): Promise<CruiseResult['summary']> {
  const program = join(projectFolder, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const rules = join(projectFolder, '.dependency-cruiser.cjs');
  const { stdout, stderr } = await runNode(program, ['--config', rules, '--output-type', 'json', ...roots], {
    cwd: folder,
  });
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as CruiseResult).summary;
}

function describeAll(violations: CruiseResult['summary']['violations']): string[] {
  return violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort();
}

describe('imports', () => {
  it('point downward, through doors, in the whole tree', async () => {
    const { totalCruised, violations } = await cruise(projectFolder, [
      'src',
      'cli',
      'client',
      'policy',
      'services',
      'dashboard',
    ]);
    expect(describeAll(violations)).toEqual([]);
    // With a compiler that it cannot use, the checker sees no module at all and finds nothing wrong.
    expect(totalCruised).toBeGreaterThan(30);
  });

  it('are reported where they break a rule, and only there', async () => {
    const empty = 'export const value = 1;\n';
    const folder = temporaryFolder({
      'package.json': '{"dependencies":{"typebox":"*"},"devDependencies":{"typescript":"*"}}',
      'node_modules/typebox/package.json': '{"name":"typebox","main":"index.js"}',
      'node_modules/typebox/index.js': '',
      'node_modules/typescript/package.json': '{"name":"typescript","main":"index.js"}',
      'node_modules/typescript/index.js': '',
      // What is right.
      'src/index.ts': "export * from './base/index.js';\nexport * from './policies/spec.js';\n",
      'src/policies/index.ts': "export * from './spec.js';\n",
      'src/policies/spec.ts': "import 'typebox';\nimport '../base/index.js';\nimport '../base/math/index.js';\n",
      'src/base/index.ts': "export * from './random.js';\n",
      'src/base/random.ts': empty,
      'src/base/math/index.ts': "import { value } from '../random.js';\nexport const constant = value;\n",
      'src/jobs/spec.ts':
        "import '../policies/spec.js';\nimport type { value } from '../policies/index.js';\nexport type V = typeof value;\n",
      'cli/main.ts': "import '../src/index.js';\nimport '../src/jobs/index.js';\n",
      'src/jobs/index.ts': "export * from './spec.js';\n",
      'client/answers.ts': "import type { value } from '../src/jobs/index.js';\nexport type V = typeof value;\n",
      // What is wrong.
      'client/index.ts': "import './answers.js';\nimport '../src/base/index.js';\nimport 'node:fs';\n",
      'dashboard/main.tsx': "import '../client/index.js';\nimport '../services/api/main.js';\n",
      'src/base/upward.ts': "import '../training/index.js';\n",
      'src/training/index.ts': empty,
      'src/spaces/upward.ts': "import type { value } from '../envs/index.js';\nexport type V = typeof value;\n",
      'src/envs/index.ts': empty,
      'src/envs/side-entrance.ts': "import '../base/random.js';\n",
      'cli/side-entrance.ts': "import '../src/base/random.js';\n",
      'src/jobs/heavy.ts': "import '../policies/index.js';\n",
      'src/training/program.ts': "import '../../cli/main.js';\n",
      'services/api/main.ts': "import '../actor/index.js';\n",
      'services/api/heavy.ts': "import '../../src/kernels/index.js';\n",
      'services/actor/index.ts': "import '../process/index.js';\n",
      'services/process/index.ts': "import '../../src/metrics/counter.js';\n",
      'src/metrics/counter.ts': empty,
      'services/actor/side-entrance.ts': "import '../process/probes.js';\n",
      'services/process/probes.ts': "import '../../src/kernels/index.js';\n",
      'src/kernels/index.ts': empty,
      'src/networks/a.ts': "import './b.js';\n",
      'src/networks/b.ts': "import './a.js';\n",
      'src/broker/memory/index.ts': "import 'ioredis';\n",
      'src/networks/mlp/index.ts': "import '@tensorflow/tfjs';\n",
      'src/attic/index.ts': "import '../base/index.js';\n",
      'src/metrics/index.ts': "import './gone.js';\n",
      'src/report/compile.ts': "import 'typescript';\n",
    });
    expect(describeAll((await cruise(folder, ['src', 'cli', 'client', 'services', 'dashboard'])).violations)).toEqual([
      'api-stays-light: services/api/heavy.ts → src/kernels/index.ts',
      'base-imports-down: src/base/upward.ts → src/training/index.ts',
      'client-stands-alone: client/index.ts → fs',
      'client-stands-alone: client/index.ts → src/base/index.ts',
      'dashboard-stands-alone: dashboard/main.tsx → services/api/main.ts',
      'imports-resolve: src/broker/memory/index.ts → ioredis',
      'imports-resolve: src/metrics/index.ts → ./gone.js',
      'imports-resolve: src/networks/mlp/index.ts → @tensorflow/tfjs',
      'ioredis-at-home: src/broker/memory/index.ts → ioredis',
      'jobs-stay-light: src/jobs/heavy.ts → src/policies/index.ts',
      'library-stands-alone: src/training/program.ts → cli/main.ts',
      'no-cycles: src/networks/a.ts → src/networks/b.ts',
      'no-development-packages: src/report/compile.ts → node_modules/typescript/index.js',
      'outside-through-doors: cli/side-entrance.ts → src/base/random.ts',
      'outside-through-doors: services/process/index.ts → src/metrics/counter.ts',
      'process-stays-light: services/process/probes.ts → src/kernels/index.ts',
      'room-is-listed: src/attic/index.ts → src/base/index.ts',
      'rooms-through-doors: src/envs/side-entrance.ts → src/base/random.ts',
      'services-stand-apart: services/actor/side-entrance.ts → services/process/probes.ts',
      'services-stand-apart: services/api/main.ts → services/actor/index.ts',
      'spaces-imports-down: src/spaces/upward.ts → src/envs/index.ts',
      'tensorflow-at-home: src/networks/mlp/index.ts → @tensorflow/tfjs',
    ]);
  });
});

describe('the library', () => {
  const permissionsOf = (path: string): Permissions => ({
    // Pages and pictures may be drawn with any arithmetic; the reference is the float64 oracle that trains nothing.
    approximateMath: path.startsWith('src/report/') || path.startsWith('src/kernels/reference/'),
    time: path === 'src/base/clock.ts' || path.startsWith('src/report/'),
  });

  it('uses no host arithmetic, clock, randomness, process or console', () => {
    const paths = listFiles('src').filter((path) => path.endsWith('.ts') && !path.startsWith('src/kernels/assembly/'));
    const findings = paths.flatMap((path) =>
      findHostDependence(readFileSync(join(projectFolder, path), 'utf8'), permissionsOf(path)).map(
        ({ line, what }) => `${path}:${line} ${what}`,
      ),
    );
    expect(findings).toEqual([]);
    expect(paths.length).toBeGreaterThan(30);
  });

  it.each([
    ['Math.random();', 'Math.random'],
    ["Math['exp'](1);", 'Math.exp'],
    ['globalThis.Math.tanh(1);', 'Math.tanh'],
    ['const { log } = Math;', 'Math.log'],
    ['const { log: ln } = Math;', 'Math.log'],
    ['x ** 0.5;', '**'],
    ['10 ** -3;', '**'],
    ['x **= 2;', '**'],
    ['Date.now();', 'Date.now'],
    ['new Date();', 'new Date'],
    ['performance.now();', 'performance.now'],
    ['process.env.HOME;', 'process.env'],
    ['process.exit(1);', 'process.exit'],
    ["console.log('x');", 'console.log'],
    ['server.listen(0);', 'listen()'],
  ])('would be caught using %s', (text, what) => {
    expect(findHostDependence(`// a comment\n${text}`)).toEqual([{ line: 2, what }]);
  });

  it.each([
    'Math.sqrt(2);',
    'Math.fround(x) * 2 ** 32 * 2 ** -149;',
    '// Math.exp',
    "'Date.now()';",
    'process.memoryUsage();',
  ])('may use %s', (text) => {
    expect(findHostDependence(text)).toEqual([]);
  });

  it('may draw and read the clock where that is granted', () => {
    expect(findHostDependence('Math.pow(2, x); Date.now();', { approximateMath: true, time: true })).toEqual([]);
  });
});
