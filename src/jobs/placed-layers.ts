import { type Fault, join } from './faults.js';
import { type AlgorithmLayer, EVERY_POLICY } from './layers.js';
import type { JobSpec } from './spec.js';

/** A layer of algorithm settings and where it stands in the document. */
export interface PlacedLayer {
  readonly pointer: string;
  readonly layer: AlgorithmLayer;
}

/** The layers that make a policy's algorithm, from the job's own to the policy's. */
export function algorithmLayers(spec: JobSpec, policyId: string): PlacedLayer[] {
  const layers: PlacedLayer[] = [{ pointer: '/algorithm', layer: spec.algorithm }];
  for (const id of policyId === EVERY_POLICY ? [EVERY_POLICY] : [EVERY_POLICY, policyId]) {
    const layer = Object.hasOwn(spec.policies, id) ? spec.policies[id]?.algorithm : undefined;
    if (layer !== undefined) layers.push({ pointer: join(join('/policies', id), 'algorithm'), layer });
  }
  return layers;
}

/** The fault of merged options, moved to the highest layer that says anything about the option. */
export function atItsLayer(fault: Fault, layers: readonly PlacedLayer[]): Fault {
  const option = (fault.pointer.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  const layer =
    layers.findLast((candidate) => Object.hasOwn(candidate.layer.options ?? {}, option)) ??
    layers.findLast((candidate) => candidate.layer.id !== undefined);
  const pointer = `${layer?.pointer ?? '/algorithm'}/options${fault.pointer}`;
  const start = fault.pointer === '' ? 'The job spec' : fault.pointer;
  return { ...fault, pointer, message: pointer + fault.message.slice(start.length) };
}

/** The layers of a spec as it is now, however it is filled in later. */
export function layersAsWritten(spec: JobSpec): (policyId: string) => readonly PlacedLayer[] {
  const policies = Object.fromEntries(Object.entries(spec.policies).map(([id, own]) => [id, { ...own }]));
  const written = { ...spec, policies };
  return (policyId) => algorithmLayers(written, policyId);
}
