// node scripts/install-tensorflow.mjs: puts the native library of TensorFlow under @tensorflow/tfjs-node, whose own install script
// fetches it from a host that many networks do not reach. What it builds is kept in the user's cache folder, because `npm ci`
// empties node_modules: the second time takes no time. Linux on x86-64; `--check` only tells whether all is in place.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, installProgram, projectFolder, runScript, SetupError } from './setup.mjs';

/** The newest TensorFlow that the binding of tfjs-node 4.22 was seen to work with. A wheel is a zip; which Python it is for makes no
 *  difference to the libraries in it, so one is fixed, with its digest. */
const WHEEL = {
  requirement: 'tensorflow_cpu==2.21.0',
  file: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
  tags: ['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311', '--platform', 'manylinux_2_27_x86_64'],
};
const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
const HEADERS = ['tensorflow', 'xla', 'tsl', 'absl', 'google'];
const NAPI = 8;
const ADDON = 'tfjs_binding.node';

const packageFolder = findPackage();

/** Where tfjs-node lies: beside Marlin's other packages, or above, where Marlin itself is a package. */
function findPackage() {
  const name = '@tensorflow/tfjs-node';
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return join(projectFolder, 'node_modules', name);
  }
}

/** Puts the library in place unless it is; `{ ready, reason }`, where `reason` says in one line why it could not be. */
export function ensureTensorflow() {
  try {
    installTensorflow();
    return { ready: true };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { ready: false, reason: error.message };
  }
}

function installTensorflow() {
  if (!existsSync(join(packageFolder, 'package.json'))) {
    throw new SetupError('the package @tensorflow/tfjs-node is not installed; run `npm ci --ignore-scripts` first');
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(`no library is built for ${process.platform} on ${process.arch}, only for linux on x64`);
  }
  const cache = cacheFolder();
  if (isInPlace(cache)) return;
  if (!isComplete(cache)) buildInto(cache);
  putInPlace(cache);
}

/** Named after everything that decides what is in it. */
function cacheFolder() {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
  const base = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(base, 'marlin', `tensorflow-2.21.0-tfjs-node-${version}-napi-v${NAPI}-threads`);
}

const isComplete = (cache) => [...LIBRARIES, ADDON].every((name) => existsSync(join(cache, name)));

const placeOf = (library) => join(packageFolder, 'deps', 'lib', library);
const addonPlace = join(packageFolder, 'lib', `napi-v${NAPI}`, ADDON);

// A library that somebody else put there, as the package's own install script does, is left alone.
function isInPlace(cache) {
  if (!existsSync(addonPlace)) return false;
  const targets = LIBRARIES.map((name) => linkTarget(placeOf(name)));
  if (targets.every((target) => target === undefined)) return true;
  return LIBRARIES.every((name, i) => targets[i] === join(cache, name) && existsSync(placeOf(name)));
}

function linkTarget(path) {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The libraries are 850 MB, so they are linked; the binding finds them by its own place. */
function putInPlace(cache) {
  for (const name of LIBRARIES) {
    mkdirSync(dirname(placeOf(name)), { recursive: true });
    rmSync(placeOf(name), { force: true });
    symlinkSync(join(cache, name), placeOf(name));
  }
  mkdirSync(dirname(addonPlace), { recursive: true });
  // Under another name first: a process that begins meanwhile sees all of it or nothing.
  copyFileSync(join(cache, ADDON), `${addonPlace}.new`);
  renameSync(`${addonPlace}.new`, addonPlace);
}

function buildInto(cache) {
  const pip = findPip();
  const compiler = findCompiler();
  const nodeHeaders = findNodeHeaders();
  mkdirSync(dirname(cache), { recursive: true });
  // Next to the cache, so that the finished folder is moved there in one step.
  const folder = mkdtempSync(`${cache}-`);
  try {
    const wheel = join(folder, WHEEL.file);
    download(pip, folder);
    console.error('Extracting its libraries ...');
    extract(wheel, folder);
    console.error('Compiling the binding ...');
    copySources(folder);
    compile(compiler, nodeHeaders, folder);
    for (const name of readdirSync(folder)) {
      if (![...LIBRARIES, ADDON].includes(name)) rmSync(join(folder, name), { recursive: true });
    }
    chmodSync(folder, 0o755);
    rmSync(cache, { recursive: true, force: true });
    renameSync(folder, cache);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function findPip() {
  const python = findProgram('python3') ?? installProgram('python3', 'Install Python 3 with pip.');
  const works = () => spawnSync(python, ['-m', 'pip', '--version'], { stdio: 'ignore' }).status === 0;
  if (!works()) installProgram('pip3', 'Install pip for Python 3.', 'python3-pip');
  if (!works()) throw new SetupError(`${python} has no pip, which fetches TensorFlow; install pip for Python 3`);
  return [python, '-m', 'pip'];
}

const findCompiler = () => findProgram('g++') ?? installProgram('g++', 'Install a C++17 compiler as g++.');

/** Where node_api.h is: beside the program, where a distribution has it, or where node-gyp keeps it. */
function findNodeHeaders() {
  const version = process.versions.node;
  const places = [
    resolve(dirname(process.execPath), '..', 'include', 'node'),
    join(homedir(), '.cache', 'node-gyp', version, 'include', 'node'),
    '/usr/include/node',
    '/usr/local/include/node',
    '/usr/include/nodejs/src',
  ];
  const found = places.find((place) => existsSync(join(place, 'node_api.h')));
  if (found !== undefined) return found;
  throw new SetupError(`no node_api.h in ${places.join(', ')}; install the headers of Node ${version}`);
}

function download([python, ...pip], folder) {
  console.error(`Fetching ${WHEEL.requirement} (260 MB) ...`);
  const requirements = join(folder, 'requirements.txt');
  writeFileSync(requirements, `${WHEEL.requirement} --hash=sha256:${WHEEL.sha256}\n`);
  const args = ['download', '--quiet', '--retries', '0', '--no-deps', '--only-binary=:all:', '--require-hashes'];
  run('pip could not fetch TensorFlow', python, [
    ...pip,
    ...args,
    ...[
      '--disable-pip-version-check',
      '--no-cache-dir',
      ...WHEEL.tags,
      '--dest',
      folder,
      '--requirement',
      requirements,
    ],
  ]);
}

const EXTRACT = `
import sys, zipfile
wheel, folder, libraries, headers = sys.argv[1], sys.argv[2], sys.argv[3].split(), sys.argv[4].split()
with zipfile.ZipFile(wheel) as archive:
    for entry in archive.infolist():
        parts = entry.filename.split('/')
        if len(parts) == 2 and parts[1] in libraries:
            entry.filename = parts[1]
        elif not (len(parts) > 3 and parts[1] == 'include' and parts[2] in headers and parts[-1]):
            continue
        archive.extract(entry, folder)
`;

function extract(wheel, folder) {
  const python = findProgram('python3');
  run('the wheel of TensorFlow could not be extracted', python, [
    '-c',
    EXTRACT,
    wheel,
    folder,
    LIBRARIES.join(' '),
    HEADERS.join(' '),
  ]);
}

// The binding interns attribute names in one set for the whole process, which threads would change at the same time. A set per thread
// serves as well: a name is used by the thread that it was made in.
function copySources(folder) {
  cpSync(join(packageFolder, 'binding'), join(folder, 'binding'), { recursive: true });
  const path = join(folder, 'binding', 'tfjs_backend.cc');
  const shared = 'static std::set<std::string> ATTR_NAME_SET;';
  const source = readFileSync(path, 'utf8');
  if (!source.includes(shared)) throw new SetupError(`the binding of tfjs-node has changed: no "${shared}" in ${path}`);
  writeFileSync(path, source.replace(shared, `static thread_local ${shared.slice('static '.length)}`));
}

function compile(compiler, nodeHeaders, folder) {
  const include = join(folder, 'tensorflow', 'include');
  run('the binding of tfjs-node did not compile', compiler, [
    ...['-std=c++17', '-O2', '-w', '-shared', '-fPIC', `-DNAPI_VERSION=${NAPI}`, '-DNODE_GYP_MODULE_NAME=tfjs_binding'],
    ...[`-I${nodeHeaders}`, `-I${include}`, `-I${join(include, 'xla')}`],
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(folder, 'binding', name)),
    ...LIBRARIES.map((name) => join(folder, name)),
    '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ...['-o', join(folder, ADDON)],
  ]);
}

function run(failure, command, args) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (status === 0) return;
  const lines = (error?.message ?? stderr ?? '').trim().split('\n');
  throw new SetupError(`${failure}: ${lines.find((line) => /error/i.test(line)) ?? lines.at(-1)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runScript(() => {
    if (process.argv.includes('--check')) {
      const inPlace = existsSync(addonPlace) && isInPlace(cacheFolder());
      console.log(inPlace ? 'in place' : 'not in place');
      return inPlace ? 0 : 1;
    }
    installTensorflow();
    console.log(`TensorFlow's native library is in place under ${packageFolder}.`);
  });
}
