// Which files of dist/ belong to a build of the present sources: dist/ is not emptied before a build, since processes run from it
// and most of it is up to date.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folders that the compiler turns into dist/<folder>, one file of sources into a module and its declarations. */
const COMPILED = ['src', 'cli', 'client', 'policy', 'services', 'examples'];
/** Sources of theirs that another compiler reads. */
const APART = ['src/kernels/assembly/'];
/** Folders that their own builders empty first. */
const EMPTIED = ['chunks/', 'dashboard/'];
const BUILT = [
  'policy/browser.js',
  'kernels/marlin.wasm',
  'kernels/native/built.json',
  'bundled.tsbuildinfo',
  'sources.sha256',
];

/** Files of the project's dist/ that no build of its present sources writes: what is left of sources that are gone, and of builds
 *  that were cut short. Paths inside of dist/, sorted. */
export function staleFiles(project) {
  const addons = addonsOf(join(project, 'dist', 'kernels', 'native', 'built.json'));
  const belongs = (path) =>
    EMPTIED.some((folder) => path.startsWith(folder)) ||
    BUILT.includes(path) ||
    addons.includes(path) ||
    (COMPILED.includes(path.split('/', 1)[0]) && hasSource(project, path));
  return listFiles(join(project, 'dist')).filter((path) => !belongs(path));
}

/** Of a module, or of what is copied as it is. */
function hasSource(project, path) {
  if (APART.some((folder) => path.startsWith(folder))) return false;
  const source = path.replace(/(\.d\.ts|\.js)$/, '.ts');
  return existsSync(join(project, source)) || existsSync(join(project, path));
}

/** The addons that scripts/build-native.mjs wrote down. */
function addonsOf(record) {
  if (!existsSync(record)) return [];
  const { bytes } = JSON.parse(readFileSync(record, 'utf8'));
  return Object.keys(bytes).map((system) => `kernels/native/${system}.node`);
}

function listFiles(folder, prefix = '') {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${prefix}${entry.name}`;
      return entry.isDirectory() ? listFiles(join(folder, entry.name), `${path}/`) : [path];
    })
    .sort();
}
