import { accessSync, constants, existsSync } from 'node:fs';
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { packageFile } from '../../src/base/index.js';
import { type ApiFlags, apiUrl, openClient } from '../api-client.js';
import { EXIT, type Host, type HostSettings } from '../host.js';
import { moreLearners, waitingParts } from '../job-learners.js';
import { showBytes } from '../numbers.js';
import { findProgram } from '../programs.js';
import { type Style, styleFor } from '../style.js';
import { probeTensorflow } from '../tensorflow-probe.js';
import { hasWasmSimd } from '../wasm-probe.js';

export interface DoctorFlags extends ApiFlags {
  readonly out: string;
}

export interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What to do about it; absent where all is well. */
  readonly remedy?: string;
}

const OLDEST_NODE = [20, 19] as const;
const LITTLE_MEMORY = 2 ** 29;

/** marlin doctor: what this machine offers, what the fleet behind the API lacks, and what to do where something is missing. */
export async function doctor(host: Host, flags: DoctorFlags): Promise<number> {
  const findings: Finding[] = [
    checkNode(process.versions.node),
    checkSimd(),
    checkThreads(),
    await checkKernels(),
    await checkNativeKernels(),
    await checkTensorflow(),
    checkCores(),
    checkMemory(),
    checkWriting(flags.out),
    checkRedis(host.settings),
    ...(await checkFleet(host, flags)),
  ];
  const failed = findings.some(({ level }) => level === 'fail');
  if (flags.json) host.stdout.write(`${JSON.stringify({ ok: !failed, checks: findings })}\n`);
  else for (const finding of findings) host.stdout.write(describe(finding, styleFor(host, host.stdout)));
  return failed ? EXIT.failure : EXIT.success;
}

function describe({ check, level, found, remedy }: Finding, style: Style): string {
  const paint = { ok: style.good, warn: style.warning, fail: style.bad }[level];
  const advice = remedy === undefined ? '' : `${' '.repeat(22)}${style.dim(remedy)}\n`;
  return `${paint(level.padEnd(4))}  ${check.padEnd(14)}  ${found}\n${advice}`;
}

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const finding = { check: 'Node', level: 'ok', found: version } as const;
  return enough ? finding : { ...finding, level: 'fail', remedy: `Install Node ${OLDEST_NODE.join('.')} or later.` };
}

function checkSimd(): Finding {
  return hasWasmSimd()
    ? { check: 'WASM SIMD', level: 'ok', found: '128-bit vectors' }
    : {
        check: 'WASM SIMD',
        level: 'fail',
        found: 'missing',
        remedy: 'Use a 64-bit Node on x86-64 or ARM64, or set "engine": "plain" (slow).',
      };
}

function checkThreads(): Finding {
  return typeof SharedArrayBuffer === 'function' && typeof Atomics === 'object'
    ? { check: 'threads', level: 'ok', found: 'worker threads with shared memory' }
    : { check: 'threads', level: 'warn', found: 'no shared memory', remedy: 'Train with --actors 0 --learners 0.' };
}

async function checkKernels(): Promise<Finding> {
  const { createWasmKernels } = await import('../../src/kernels/index.js');
  try {
    createWasmKernels();
    return { check: 'kernels', level: 'ok', found: 'WebAssembly' };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { check: 'kernels', level: 'fail', found, remedy: 'Run `npm run build`.' };
  }
}

/** They change the speed and no result, so missing ones are worth a word and no warning. */
async function checkNativeKernels(): Promise<Finding> {
  const { nativeVectorWidths } = await import('../../src/kernels/index.js');
  try {
    const widths = nativeVectorWidths();
    return { check: 'native kernels', level: 'ok', found: `vectors of ${32 * Math.max(...widths)} bits` };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return {
      check: 'native kernels',
      level: 'ok',
      found: `none, WebAssembly serves: ${cause.split('\n')[0]}`,
      remedy: `For faster updates install a C compiler (gcc or clang) and run \`node ${packageFile('scripts/build-native.mjs')}\`.`,
    };
  }
}

/** Few jobs need it, so what is missing is worth a word and no warning. */
async function checkTensorflow(): Promise<Finding> {
  try {
    const { backend, version, passedOver } = await probeTensorflow();
    const why = passedOver.map((other) => `; ${other.backend}: ${other.reason}`).join('');
    const finding = { check: 'TensorFlow.js', level: 'ok', found: `${version} on ${backend}${why}` } as const;
    if (passedOver.length === 0) return finding;
    return {
      ...finding,
      remedy: `For faster networks on it run \`node ${packageFile('scripts/install-tensorflow.mjs')}\`.`,
    };
  } catch (error) {
    const found = `none: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
    return { check: 'TensorFlow.js', level: 'ok', found, remedy: 'Needed for networks of kind "layers" only.' };
  }
}

function checkCores(): Finding {
  const cores = availableParallelism();
  const found = `${cores} (${cpus()[0]?.model.trim() ?? 'unknown processor'})`;
  if (cores > 1) return { check: 'cores', level: 'ok', found };
  return {
    check: 'cores',
    level: 'warn',
    found,
    remedy: 'Collection and updates will share one core; lag 0 costs nothing then.',
  };
}

function checkMemory(): Finding {
  const found = `${showBytes(freemem())} free of ${showBytes(totalmem())}`;
  if (freemem() >= LITTLE_MEMORY) return { check: 'memory', level: 'ok', found };
  return { check: 'memory', level: 'warn', found, remedy: 'Use fewer instances per shard or a smaller horizon.' };
}

/** Looks at the nearest folder above that exists, because the folder of runs is made when it is needed. */
function checkWriting(out: string): Finding {
  let folder = resolve(out);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    return { check: 'writing runs', level: 'ok', found: resolve(out) };
  } catch {
    return {
      check: 'writing runs',
      level: 'fail',
      found: `${folder} is not writable`,
      remedy: 'Name another folder with --out.',
    };
  }
}

/** Redis is for fleets only, so its absence is never a failure. */
function checkRedis(settings: HostSettings): Finding {
  if (settings.redisUrl !== undefined) return { check: 'Redis', level: 'ok', found: 'REDIS_URL is set' };
  const program = findProgram(settings, 'redis-server');
  if (program !== undefined) return { check: 'Redis', level: 'ok', found: program };
  return {
    check: 'Redis',
    level: 'warn',
    found: 'no redis-server, no REDIS_URL',
    remedy: 'Needed for fleets only, not for `marlin train`: install redis-server or set REDIS_URL.',
  };
}

/** How long the API is given, and jobs that are looked into. */
const ANSWER_MS = 2000;
const MOST_JOBS = 50;

/** The fleet that the API knows. Nobody need have one: without an answer that is no failure. */
async function checkFleet(host: Host, flags: DoctorFlags): Promise<readonly Finding[]> {
  const check = 'fleet';
  try {
    const client = await openClient(host, flags, undefined, { attempts: 1, timeoutMs: ANSWER_MS });
    const [scaling, queues] = await Promise.all([client.getScaling(), client.getQueues()]);
    const { actors, actorsWanted, learners, learnersWanted } = scaling;
    const found = `${counted(learners, 'learner')}, ${counted(actors, 'actor')}`;
    const lacking = [
      ...(learners === 0 && learnersWanted > 0 ? ['learners'] : []),
      ...(actors === 0 && actorsWanted > 0 ? ['actors'] : []),
    ];
    const fleet: Finding =
      lacking.length === 0
        ? { check, level: 'ok', found }
        : {
            check,
            level: 'warn',
            found: `${found}; jobs wait for ${lacking.join(' and ')}`,
            remedy: `Start ${lacking.map((kind) => `\`marlin ${kind.slice(0, -1)}\``).join(' and ')} with the fleet's REDIS_URL.`,
          };
    const waiting = queues.parts.filter((job) => job.waiting > 0).slice(0, MOST_JOBS);
    const jobs = await Promise.all(waiting.map(({ jobId }) => client.getJob(jobId).catch(() => null)));
    return [
      fleet,
      ...jobs
        .filter((job) => job !== null)
        .filter((job) => waitingParts(job) > 0)
        .map((job): Finding => {
          const missing = waitingParts(job);
          const waits = `job ${job.id} waits for ${missing} of ${job.learners!.wanted} learners`;
          return { check, level: 'warn', found: waits, remedy: moreLearners(missing, scaling) };
        }),
    ];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const asked = flags.url ?? host.settings.variables.MARLIN_URL;
    if (!asked) return [{ check, level: 'ok', found: `none at ${apiUrl(host.settings, flags)}` }];
    return [{ check, level: 'warn', found: reason, remedy: 'Look at --url, or MARLIN_URL, and MARLIN_API_KEY.' }];
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
