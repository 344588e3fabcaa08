/** Compiles src/kernels/assembly to dist/kernels/marlin.wasm; does nothing when that is newer than every source. */
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = join(root, 'src', 'kernels', 'assembly');
const target = join(root, 'dist', 'kernels', 'marlin.wasm');

/** The memory is imported and shared: growing it then leaves the host's views valid. 65535 pages is 4 GiB less a page. */
const OPTIONS = [
  '--enable=simd,threads',
  '--disable=relaxed-simd',
  '--runtime=stub',
  '--noAssert',
  '--importMemory',
  '--sharedMemory',
  '--initialMemory=1',
  '--maximumMemory=65535',
  '--use=abort=',
  // Vectors pass between functions inside the module only; none is exported.
  '--disableWarning=112',
  '-O3',
  '--converge',
];

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const inputs = [
  fileURLToPath(import.meta.url),
  join(root, 'node_modules', 'assemblyscript', 'package.json'),
  ...readdirSync(sources).map((name) => join(sources, name)),
];

if (process.argv.includes('--force') || inputs.some((path) => modified(path) >= modified(target))) {
  const { default: asc } = await import('assemblyscript/asc');
  mkdirSync(dirname(target), { recursive: true });
  // Written under another name and renamed, so that nobody loads half a module.
  const partial = `${target}.${process.pid}.partial`;
  const { error } = await asc.main([join(sources, 'index.ts'), '--outFile', partial, ...OPTIONS], {
    stderr: process.stderr,
  });
  if (error !== null) {
    console.error(`build-kernels: ${error.message}`);
    process.exitCode = 1;
  } else {
    renameSync(partial, target);
    console.log(`build-kernels: dist/kernels/marlin.wasm, ${statSync(target).size} bytes`);
  }
}
