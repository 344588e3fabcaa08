/** Compiles src/kernels/native to dist/kernels/native/<platform>-<arch>.node with the C compiler that is there ($CC, cc, gcc or
 *  clang), beside built.json, which says of which sources it is and how long: `src/kernels/native/addon.ts` loads no other. Does
 *  nothing where that is there and loads, and only says so when there is no compiler: WebAssembly gives the same bits. For another
 *  processor: `--arch arm64`, with a compiler for it in $CC. Node builtins only: it also runs where Marlin is installed as a package. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: { arch: { type: 'string', default: process.arch }, force: { type: 'boolean', default: false } },
});
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'src', 'kernels', 'native');
const folder = join(root, 'dist', 'kernels', 'native');
const system = `${process.platform}-${options.arch}`;
const target = join(folder, `${system}.node`);
const record = join(folder, 'built.json');

// Contraction would round a product and its sum once; everything else that changes bits is off by default. That a root sets no errno
// lets it be an instruction.
const COMMON = ['-std=gnu11', '-O3', '-ffp-contract=off', '-fno-math-errno', '-fPIC', '-Wall', '-Wextra'];
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

/** SHA-256 of what an addon is made from, this script's flags among it. */
function hashSources() {
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of readdirSync(sources).sort()) {
    if (/\.[ch]$/.test(name)) hash.update(`\0${name}\0`).update(readFileSync(join(sources, name)));
  }
  return hash.digest('hex');
}

/** Lengths of the addons that were built of these sources, by system. */
function readRecord(hash) {
  try {
    const { sources: built, bytes } = JSON.parse(readFileSync(record, 'utf8'));
    return built === hash ? bytes : {};
  } catch {
    return {};
  }
}

function writeRecord(hash, bytes) {
  mkdirSync(folder, { recursive: true });
  const partial = `${record}.${process.pid}.partial`;
  writeFileSync(partial, `${JSON.stringify({ sources: hash, bytes })}\n`);
  renameSync(partial, record);
}

/** Whether the addon is of these sources and loads here. Its length comes first: loading half a file ends the process. */
function isCurrent(hash, bytes) {
  if (statSync(target, { throwIfNoEntry: false })?.size !== bytes[system]) return false;
  try {
    return createRequire(import.meta.url)(target).sources === hash;
  } catch {
    return false;
  }
}

function findCompiler() {
  const names = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

function build(compiler, hash) {
  const scratch = mkdtempSync(join(tmpdir(), 'marlin-native-'));
  try {
    const run = (args) => {
      const { status, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
      if (stderr !== '') process.stderr.write(stderr);
      if (status !== 0) throw new Error(`${compiler} ${args.join(' ')} failed`);
    };
    const objects = WIDTHS.map(([width, flags]) => {
      const object = join(scratch, `kernels-${width}.o`);
      run([...COMMON, ...flags, `-DW=${width}`, '-c', join(sources, 'kernels.c'), '-o', object]);
      return object;
    });
    mkdirSync(folder, { recursive: true });
    // Linked under another name and renamed, so that nobody loads half an addon, and a loaded one stays as it is.
    const partial = `${target}.${process.pid}.partial`;
    run([...COMMON, ...LINK, `-DSOURCES="${hash}"`, join(sources, 'addon.c'), ...objects, '-o', partial]);
    renameSync(partial, target);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What became of it, in a line. An addon of other sources would be called wrongly, so it never stays. */
function ensureAddon() {
  const hash = hashSources();
  const bytes = readRecord(hash);
  if (!options.force && isCurrent(hash, bytes)) return undefined;
  delete bytes[system];
  const compiler = process.platform === 'win32' ? undefined : findCompiler();
  let failure = 'no C compiler here, so there are no native kernels; WebAssembly gives the same results.';
  if (compiler !== undefined) {
    try {
      build(compiler, hash);
      bytes[system] = statSync(target).size;
      writeRecord(hash, bytes);
      return `${target.slice(root.length + 1)}, ${bytes[system]} bytes (${compiler})`;
    } catch (error) {
      failure = `${error.message}; WebAssembly serves, and gives the same results.`;
    }
  }
  rmSync(target, { force: true });
  writeRecord(hash, bytes);
  return failure;
}

const said = ensureAddon();
if (said !== undefined) console.log(`build-native: ${said}`);
