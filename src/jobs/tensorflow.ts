import type { TensorflowBackend } from '../networks/spec.js';
import type { JobSpec } from './spec.js';

/** How a job computes with TensorFlow.js. */
export interface TensorflowUse {
  readonly backend: TensorflowBackend;
  /** Whether networks that the kernels cover are computed by it too. */
  readonly everyNetwork: boolean;
}

/** Null for a job that needs no TensorFlow.js: what it computes does not depend on whether that is installed. */
export function tensorflowUse({ engine, tensorflow, policies }: JobSpec): TensorflowUse | null {
  const everyNetwork = engine === 'tensorflow';
  const described = Object.values(policies).some(
    ({ network, valueNetwork }) => network?.kind === 'layers' || valueNetwork?.kind === 'layers',
  );
  return everyNetwork || described ? { backend: tensorflow?.backend ?? 'auto', everyNetwork } : null;
}
