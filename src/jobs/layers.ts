import type { JobSpec } from './spec.js';

type Plain = Readonly<Record<string, unknown>>;

/** An algorithm as one layer of a spec names it: the job's own, that under "*", that of one policy. */
export interface AlgorithmLayer {
  readonly id?: string;
  readonly options?: Plain;
}

/** What a layer of settings makes of the ones below it: objects field by field, anything else whole. */
export function merge(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isPlain(below) || !isPlain(above)) return above;
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) result[key] = merge(below[key], value);
  return result;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The algorithm that layers make, from the lowest to the highest. A layer that names another algorithm starts its options anew. */
export function mergeAlgorithm(layers: readonly (AlgorithmLayer | undefined)[]): { id: string; options: Plain } {
  let id = '';
  let options: unknown = {};
  for (const layer of layers) {
    if (layer === undefined) continue;
    if (layer.id !== undefined && layer.id !== id) {
      id = layer.id;
      options = {};
    }
    options = merge(options, layer.options);
  }
  return { id, options: options as Plain };
}

/** The id of the layer of overrides that holds for all policies. */
export const EVERY_POLICY = '*';

/** The settings of one policy, from those for all to its own. */
export function overrideLayers(spec: JobSpec, policyId: string): NonNullable<JobSpec['policies'][string]>[] {
  const own = policyId === EVERY_POLICY ? [EVERY_POLICY] : [EVERY_POLICY, policyId];
  return own.flatMap((id) => (Object.hasOwn(spec.policies, id) ? [spec.policies[id]] : []));
}
