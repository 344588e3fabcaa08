import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { libraryVersion, runPinned } from '../../training/parts/processes.mjs';
import { summary } from '../../training/parts/statistics.mjs';

const SOURCE = fileURLToPath(new URL('./peak.c', import.meta.url));
const TENSORFLOW = fileURLToPath(new URL('./tensorflow-product.mjs', import.meta.url));
/** Contraction would fuse what canonical arithmetic rounds twice. */
const FLAGS = ['-std=gnu11', '-O3', '-ffp-contract=off'];
/** Many and short, so that some are undisturbed on a busy machine. */
const REPETITIONS = 40;
const PROBE_MS = 6;

/** The probe of `peak.c`, compiled with the C compiler that is there ($CC, cc, gcc or clang); null where there is none.
 *  measure(): bits → summary of GFLOP/s, on core 0. */
export function compilePeakProbe() {
  const compilers = process.env.CC ? [process.env.CC] : ['cc', 'gcc', 'clang'];
  const compiler = compilers.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
  if (compiler === undefined) return null;
  const folder = mkdtempSync(join(tmpdir(), 'marlin-peak-'));
  const program = join(folder, 'peak');
  const { status, stderr } = spawnSync(compiler, [...FLAGS, SOURCE, '-o', program], { encoding: 'utf8' });
  if (status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`${compiler} ${FLAGS.join(' ')} ${SOURCE} failed:\n${stderr}`);
  }
  return {
    async measure() {
      const lines = await runPinned([0], program, [String(REPETITIONS), String(PROBE_MS)]);
      return Object.fromEntries(lines.map(({ bits, gflops }) => [bits, summary(gflops)]));
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Published libraries that multiply matrices (fused, and in an order of their own), as far as they are here:
 *  [{ id, title, measure(rows, inner, columns): summary of GFLOP/s }], each in a process of its own on core 0. */
export function productLibraries(python) {
  const inPython = (id, library) => {
    const version = libraryVersion(python, library);
    if (version === null) return [];
    return [
      {
        id,
        title: `${library} ${version}`,
        measure: (...shape) =>
          product(python, ['bench/rivals/sgemm.py', '--what', library, '--shape', shape.join(',')]),
      },
    ];
  };
  const tensorflow = {
    id: 'tensorflow',
    title: 'TensorFlow (tfjs-node)',
    measure: (...shape) => product(process.execPath, [TENSORFLOW, shape.join(',')]),
  };
  const hasTensorflow = spawnSync(process.execPath, [TENSORFLOW, '8,8,8'], { stdio: 'ignore' }).status === 0;
  return [...inPython('numpy', 'numpy'), ...inPython('torch', 'torch'), ...(hasTensorflow ? [tensorflow] : [])];
}

async function product(program, parameters) {
  const [{ gflops }] = await runPinned([0], program, parameters);
  return summary(gflops);
}
