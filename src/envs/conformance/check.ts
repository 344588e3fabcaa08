import { createEnvironment } from '../definition.js';
import { envError } from '../errors.js';
import type { Environment, EnvironmentBatch, EnvironmentDefinition } from '../port.js';
import { probeBounds } from './bounds-probe.js';
import { createHostWatch, type HostWatch } from './host-watch.js';
import { inspectOutputs } from './output-rules.js';
import { type ProbeContext, probeDeterminism, probeInstances, probeReset, probeState } from './probes.js';
import {
  type ConformanceReport,
  type ConformanceRule,
  type ConformanceSettings,
  createProblemList,
  type ProblemList,
} from './report.js';
import { createTrial, type Trial, watched } from './trial.js';

/** Tries an environment against everything that training relies on (see ConformanceRule), with random legal actions.
 *  Reports, never throws: an environment that cannot be created or that throws is a problem too. Synchronous; the host's
 *  functions are replaced while the environment's own code runs, and put back. */
export function checkEnvironment(
  definition: EnvironmentDefinition,
  options: unknown = {},
  settings: ConformanceSettings = {},
): ConformanceReport {
  const problems = createProblemList();
  const watch = createHostWatch();
  const { instances = 4, steps = 128, seed = 1 } = settings;
  const context: ProbeContext = {
    create: () => createEnvironment(definition, options),
    settings: { id: definition.id, instances: Math.max(2, instances), seed },
    steps,
    problems,
  };
  // Only the main run is watched: the other runs take the same paths, and exchanging the host's functions is slow.
  const first = tried(problems, 'definition', () => watched(watch.during(context.create), watch));
  const main = first && tried(problems, 'throws', () => runMain(first, context));
  if (main !== undefined) {
    tried(problems, 'throws', () => probeDeterminism(context, main));
    tried(problems, 'throws', () => probeState(context));
    tried(problems, 'throws', () => probeReset(context));
    tried(problems, 'throws', () => probeInstances(context));
    tried(problems, 'throws', () => probeBounds(context));
  }
  reportHostUse(watch, problems);
  const found = problems.problems;
  return { ok: found.every(({ severity }) => severity !== 'error'), problems: found };
}

/** Throws ENV_CONFORMANCE_FAILED, listing every problem, unless the environment passes; warnings and notes alone pass. */
export function assertConformance(
  definition: EnvironmentDefinition,
  options: unknown = {},
  settings: ConformanceSettings = {},
): void {
  const { ok, problems } = checkEnvironment(definition, options, settings);
  if (ok) return;
  const list = problems.map(({ rule, severity, message }) => `  ${severity} (${rule}): ${message}`).join('\n');
  throw envError('ENV_CONFORMANCE_FAILED', `environment "${definition.id}" does not conform:\n${list}`, {
    data: { environment: definition.id, problems },
  });
}

/** The run in which every output is looked at. */
function runMain(environment: Environment, { settings, steps, problems }: ProbeContext): Trial {
  let endings = 0;
  const trial = createTrial(
    {
      ...environment,
      step(batch, random) {
        const before = batch.action.map((action) => action.slice());
        environment.step(batch, random);
        inspectActions(batch, before, problems);
      },
    },
    { ...settings, inspect: (looked, moment) => inspectOutputs(looked, moment, problems) },
  );
  trial.resetAll();
  for (let t = 0; t < steps; t++) {
    trial.step(t);
    endings += trial.ended.length;
  }
  if (endings === 0) {
    problems.add(
      'episode-ends',
      'note',
      `no episode ended within ${steps} steps; check more steps, or set terminated or truncated`,
    );
  }
  return trial;
}

function inspectActions(batch: EnvironmentBatch, before: readonly Float32Array[], problems: ProblemList): void {
  batch.action.forEach((action, i) => {
    const at = action.findIndex((value, j) => !Object.is(value, before[i][j]));
    if (at < 0) return;
    problems.add(
      'action-unchanged',
      'error',
      `step wrote ${action[at]} over ${before[i][at]} in the actions of agent "${batch.agents[i].id}"; copy what is changed`,
    );
  });
}

function tried<Result>(problems: ProblemList, rule: ConformanceRule, attempt: () => Result): Result | undefined {
  try {
    return attempt();
  } catch (error) {
    problems.add(rule, 'error', error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function reportHostUse(watch: HostWatch, problems: ProblemList): void {
  const list = (names: ReadonlySet<string>): string => [...names].join(', ');
  if (watch.random.size > 0) {
    problems.add(
      'host-random',
      'error',
      `uses ${list(watch.random)}; draw from the stream that reset and step are given`,
    );
  }
  if (watch.clock.size > 0) {
    problems.add('host-clock', 'error', `uses ${list(watch.clock)}; count steps in state instead`);
  }
  if (watch.math.size > 0) {
    problems.add(
      'host-math',
      'warning',
      `uses ${list(watch.math)}, whose last digits differ between hosts; use the functions of marlin/math for the same bits everywhere`,
    );
  }
}
