import type { AlgorithmDefinition } from '../algorithms/index.js';
import { MarlinError } from '../base/index.js';
import { createEnvironment, type Environment, type EnvironmentCatalog } from '../envs/index.js';
import { checkActivations } from './activations.js';
import { checkBlock } from './block.js';
import { conform } from './conform.js';
import { seenByPolicies } from './environment.js';
import { jobSpecError } from './errors.js';
import { type Fault, firstOf, join, listNames, problem, wrongValue } from './faults.js';
import { layersAsWritten } from './placed-layers.js';
import { parseSpecText, toPlain } from './plain.js';
import { checkReplays } from './replays.js';
import { resolvePolicies } from './resolve.js';
import { closedOptions } from './schema-parts.js';
import { JobSpec } from './spec.js';
import { checkPeers } from './validate-peers.js';
import { validatePolicies } from './validate-policies.js';
import { validateSchedule } from './validate-schedule.js';
import { checkWeights } from './weights.js';

/** What a job may name. */
export interface JobCatalogs {
  readonly environments: EnvironmentCatalog;
  readonly algorithms: readonly AlgorithmDefinition[];
}

export type JobSpecResult =
  | { readonly ok: true; readonly spec: JobSpec }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Iterations of a job whose spec names no end. */
export const DEFAULT_ITERATIONS = 100;

/** Checks a job spec and fills in every default, those of the environment's and the algorithms' options too. Nothing is
 *  coerced, unknown fields are refused, and all faults are reported together, the first hundred of
 *  very many. Never throws, whatever the input is. */
export function validateJobSpec(input: unknown, catalogs: JobCatalogs): JobSpecResult {
  const { value, faults: unreadable } = toPlain(input);
  if (value === undefined) return { ok: false, faults: unreadable };
  const faults: Fault[] = [];
  const filled = conform(JobSpec, value, '', faults);
  if (typeof filled === 'object' && filled !== null && !Array.isArray(filled))
    validateSections(filled as JobSpec, catalogs, faults);
  // What could not be read was left out of the value, and is not missing besides.
  const places = new Set(unreadable.map((fault) => fault.pointer));
  const all = [...unreadable, ...faults.filter((fault) => !places.has(fault.pointer))];
  if (all.length > 0) return { ok: false, faults: firstOf(all) };
  const spec = filled as JobSpec;
  if (Object.keys(spec.stop).length === 0) spec.stop.iterations = DEFAULT_ITERATIONS;
  return { ok: true, spec };
}

/** As `validateJobSpec`, from JSON text. */
export function validateJobText(text: string, catalogs: JobCatalogs): JobSpecResult {
  const parsed = parseSpecText(text);
  return parsed.ok ? validateJobSpec(parsed.value, catalogs) : parsed;
}

/** As `validateJobSpec`, but throws JOB_SPEC_INVALID with all faults. */
export function resolveJobSpec(input: unknown, catalogs: JobCatalogs): JobSpec {
  const result = validateJobSpec(input, catalogs);
  if (!result.ok) throw jobSpecError(result.faults);
  return result.spec;
}

/** What the schema cannot say. Reads only what has no fault of its own, so that the types hold. */
function validateSections(spec: JobSpec, catalogs: JobCatalogs, faults: Fault[]): void {
  const pointers = faults.map((fault) => `${fault.pointer}/`);
  const sound = (section: string): boolean => !pointers.some((pointer) => pointer.startsWith(`/${section}/`));
  const environment = sound('env') ? validateEnvironment(spec, catalogs, faults) : undefined;
  const policies = isObject(spec.policies) ? spec.policies : {};
  const layersOf = layersAsWritten({ ...spec, policies });
  validatePolicies(spec, {
    algorithms: sound('algorithm') ? catalogs.algorithms : undefined,
    environment,
    mappingIsSound: sound('policyMapping'),
    policies: Object.keys(policies).filter((id) => sound(join('policies', id))),
    faults,
  });
  if (sound('schedule') && sound('algorithm') && sound('policies')) validateSchedule(spec, catalogs.algorithms, faults);
  if (environment === undefined) return;
  // What agents see, and what is kept of it, depends on their policies: on those that have a fault nothing is built.
  const whole = sound('policies') && sound('policyMapping') && faults.length === 0;
  const seen = whole ? seenByPolicies(spec, environment).environment : undefined;
  if (seen !== undefined) {
    checkPeers(spec, seen, catalogs.algorithms, layersOf, faults);
    checkReplays(spec, seen, catalogs.algorithms, layersOf, faults);
    if (faults.length === 0) checkWeights(spec, seen, catalogs.algorithms, layersOf, faults);
    if (faults.length === 0) checkActivations(spec, seen, catalogs.algorithms, layersOf, faults);
  }
  const acting = seen === undefined ? [] : resolvePolicies(spec, seen);
  if (sound('rollout')) checkBlock(spec.rollout, seen ?? environment, acting, faults);
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const OWN_ENVIRONMENTS =
  'one of your own is known where its module is named, by --env-module or MARLIN_ENVS, or given to `train`';

/** Fills the environment's options in and makes it, for its agents and spaces; undefined if there is a fault. */
function validateEnvironment(spec: JobSpec, { environments }: JobCatalogs, faults: Fault[]): Environment | undefined {
  const { id } = spec.env;
  const definition = environments.get(id);
  if (definition === undefined) {
    const ids = [...environments.keys()];
    const fault = wrongValue('/env/id', id, listNames(ids.map((known) => JSON.stringify(known))), ids);
    faults.push(
      fault.suggestion === undefined ? { ...fault, message: `${fault.message}; ${OWN_ENVIRONMENTS}` } : fault,
    );
    return undefined;
  }
  const before = faults.length;
  spec.env.options = conform(closedOptions(definition.options), spec.env.options, '/env/options', faults) as Record<
    string,
    unknown
  >;
  if (faults.length > before) return undefined;
  try {
    return createEnvironment(definition, spec.env.options);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const code = error instanceof MarlinError ? '' : ' (the environment failed to start)';
    faults.push(
      problem('/env/options', spec.env.options, `what environment "${id}" accepts`, `cannot be used: ${reason}${code}`),
    );
    return undefined;
  }
}
