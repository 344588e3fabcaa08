/** Compiles src/kernels/native to dist/kernels/native/<platform>-<arch>.node with the C compiler that is there ($CC, cc, gcc or
 *  clang); does nothing when that is newer than every source, and only says so when there is no compiler: WebAssembly gives the
 *  same bits. For another processor: `--arch arm64`, with a compiler for it in $CC. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { arch: { type: 'string', default: process.arch }, force: { type: 'boolean', default: false } },
});
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'src', 'kernels', 'native');
const target = join(root, 'dist', 'kernels', 'native', `${process.platform}-${options.arch}.node`);

// Contraction would round a product and its sum once; everything else that changes bits is off by default.
const COMMON = ['-std=gnu11', '-O3', '-ffp-contract=off', '-fPIC', '-Wall', '-Wextra'];
const AVX512 = ['-mavx512f', '-mavx512dq', '-mavx512vl', '-mprefer-vector-width=512'];
/** Floats per vector, with the processor flags of that width; the addon chooses when it is loaded. */
const WIDTHS =
  options.arch === 'x64'
    ? [
        [4, []],
        [8, ['-mavx2']],
        [16, AVX512],
      ]
    : [[4, []]];
const LINK = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function findCompiler() {
  const names = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

function build(compiler) {
  const folder = mkdtempSync(join(tmpdir(), 'marlin-native-'));
  try {
    const run = (args) => {
      const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
      if (stderr !== '') process.stderr.write(stderr);
      if (status !== 0) throw new Error(`${compiler} ${args.join(' ')} failed`);
    };
    const objects = WIDTHS.map(([width, flags]) => {
      const object = join(folder, `kernels-${width}.o`);
      run([...COMMON, ...flags, `-DW=${width}`, '-c', join(sources, 'kernels.c'), '-o', object]);
      return object;
    });
    mkdirSync(dirname(target), { recursive: true });
    // Linked under another name and renamed, so that nobody loads half an addon, and a loaded one stays as it is.
    const partial = `${target}.${process.pid}.partial`;
    run([...COMMON, ...LINK, join(sources, 'addon.c'), ...objects, '-o', partial]);
    renameSync(partial, target);
    console.log(`build-native: ${target.slice(root.length + 1)}, ${statSync(target).size} bytes (${compiler})`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const inputs = [
  fileURLToPath(import.meta.url),
  ...readdirSync(sources)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(sources, name)),
];
if (options.force || inputs.some((path) => modified(path) >= modified(target))) {
  const compiler = process.platform === 'win32' ? undefined : findCompiler();
  if (compiler === undefined) {
    console.log(
      'build-native: no C compiler here, so there are no native kernels; WebAssembly gives the same results.',
    );
  } else {
    try {
      build(compiler);
    } catch (error) {
      console.error(`build-native: ${error.message}; WebAssembly serves, and gives the same results.`);
    }
  }
}
