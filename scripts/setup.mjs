// What every command of the repository needs first: the right Node, the packages of the lock file, an up-to-date build
// and, for the tests, a Redis server. Node builtins only: this runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the repository. */
export const projectFolder = fileURLToPath(new URL('..', import.meta.url));

/** A failure that a person can act on; `runScript` prints its message without a stack. */
export class SetupError extends Error {}

/** Runs a script's main function; its result is the exit code (nothing means 0). */
export async function runScript(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/** Throws when this Node is older than `engines.node` of package.json. */
export function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8'));
  const wanted = engines.node.replace('>=', '').split('.').map(Number);
  const found = process.versions.node.split('.').map(Number);
  for (let i = 0; i < wanted.length; i++) {
    if (found[i] > wanted[i]) return;
    if (found[i] < wanted[i]) {
      throw new SetupError(
        `Marlin needs Node ${engines.node}; this is Node ${process.versions.node}. Install a newer Node.`,
      );
    }
  }
}

/** Installs the packages of package-lock.json unless exactly those are installed. */
export function ensureDependencies() {
  checkNode();
  if (dependenciesAreCurrent()) return;
  console.log('Installing packages (npm ci) ...');
  // No package of ours needs an install script to work, so none gets to run one.
  run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts']);
}

// npm writes node_modules/.package-lock.json last, with what it really installed, so an install that was cut short, an
// older one and one done by hand are all told apart without a stamp of our own.
function dependenciesAreCurrent() {
  const installedFile = join(projectFolder, 'node_modules', '.package-lock.json');
  if (!existsSync(installedFile)) return false;
  const wanted = readPackages(join(projectFolder, 'package-lock.json'));
  const installed = readPackages(installedFile);
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    // Optional packages are for other platforms, or may be missing by design.
    if (folder === '' || (optional === true && installed[folder] === undefined)) return true;
    return installed[folder]?.version === version && existsSync(join(projectFolder, folder));
  });
}

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

const BUILD_INPUTS = [
  'src',
  'cli',
  'client',
  'policy',
  'services',
  'dashboard',
  'examples',
  'proto',
  'scripts/build-bundle.mjs',
  'scripts/build-kernels.mjs',
  'scripts/build-native.mjs',
  'scripts/build-policy.mjs',
  'scripts/build-wire.mjs',
  'scripts/clean-build.mjs',
  'scripts/dist-files.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'package-lock.json',
];

/** Builds into dist/ unless dist/ was built from exactly these sources. Throws when the build fails. */
export function ensureBuild() {
  const stamp = join(projectFolder, 'dist', 'sources.sha256');
  const sources = hashSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return;
  console.log('Building ...');
  run('npm', ['run', '--silent', 'build']);
  mkdirSync(join(projectFolder, 'dist'), { recursive: true });
  writeFileSync(stamp, sources);
}

function hashSources() {
  const hash = createHash('sha256');
  const visit = (path) => {
    const full = join(projectFolder, path);
    if (!existsSync(full)) return;
    if (statSync(full).isDirectory()) {
      for (const name of readdirSync(full).sort()) visit(`${path}/${name}`);
    } else {
      const content = readFileSync(full);
      hash.update(`${path}\0${content.length}\0`).update(content);
    }
  };
  for (const input of BUILD_INPUTS) visit(input);
  return hash.digest('hex');
}

/** Path of a redis-server program; installs Debian's package where there is none and we may. */
export function ensureRedis() {
  return (
    findProgram('redis-server') ??
    installProgram(
      'redis-server',
      'Install Redis 6.2 or later so that redis-server is on the PATH, or set REDIS_URL to a running one.',
    )
  );
}

/** What examples, scripts and pages of ours are run with in the tests; installs Debian's where it is missing and we may. */
export function ensureTestPrograms() {
  for (const name of ['gcc', 'curl', 'python3', 'zsh', 'fish', 'chromium']) {
    if (findProgram(name) === undefined) installProgram(name, `Install ${name} so that it is on the PATH.`);
  }
  ensurePromtool();
}

/** Path of the program that checks Prometheus's rules; installs Debian's package where there is none and we may. */
export function ensurePromtool() {
  const manual = 'Install Prometheus 2.40 or later so that promtool is on the PATH.';
  return findProgram('promtool') ?? installProgram('promtool', manual, 'prometheus');
}

/** The command, in parts, that reads compose files: `docker-compose` or Docker's own `docker compose`; installs Debian's
 *  docker-compose where there is neither and we may. */
export function ensureDockerCompose() {
  const present = findProgram('docker-compose');
  if (present !== undefined) return [present];
  const docker = findProgram('docker');
  // Without the compose plugin, some versions of docker answer any command with their help and success.
  const answer = docker && spawnSync(docker, ['compose', 'version', '--short'], { encoding: 'utf8' });
  if (answer && answer.status === 0 && /^v?\d+\.\d+/.test(answer.stdout)) return [docker, 'compose'];
  return [
    installProgram('docker-compose', 'Install Docker Compose so that `docker-compose` or `docker compose` runs.'),
  ];
}

// Installs a Debian package and returns the path of its program, which most are named like. `manual`: what to do where that cannot
// be done.
export function installProgram(name, manual, packageName = name) {
  const prefix = rootPrefix();
  if (findProgram('apt-get') === undefined || prefix === undefined) {
    throw new SetupError(`The tests need ${name} and there is none here. ${manual}`);
  }
  console.error(`Installing ${name} (apt-get) ...`);
  const [command, ...first] = [...prefix, 'apt-get'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync(command, [...first, ...args], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  // A package list that cannot be refreshed may still hold the package: what counts is that the install works.
  const update = apt('update');
  const install = apt('install', '-y', '--no-install-recommends', packageName);
  const installed = findProgram(name);
  if (install.status !== 0 || installed === undefined) {
    const log = `${update.stderr ?? ''}${install.stdout ?? ''}${install.stderr ?? ''}`.trim();
    throw new SetupError(`apt-get could not install ${name}:\n${log}\n${manual}`);
  }
  return installed;
}

// What goes before a command so that it runs as root: nothing, or sudo where it asks no password.
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (findProgram('sudo') === undefined) return undefined;
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : undefined;
}

export function findProgram(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: projectFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
    // npm is a .cmd file on Windows, which only a shell starts.
    shell: process.platform === 'win32',
  });
  if (result.error) throw new SetupError(`Could not start ${command}: ${result.error.message}`);
  if (result.status !== 0) throw new SetupError(`${command} ${args.join(' ')} failed; what it printed is above.`);
}
