import type { Kernels } from '../../kernels/index.js';
import { moments } from './moments.js';
import type { ChannelReturns } from './returns.js';

/** Share of the value targets' variance that the values explain: 1 − Var(target − value) / Var(target); 0 where the targets do not vary.
 *  Overwrites nextValues, which nobody needs once there are targets. */
export function explainedVariance(
  kernels: Kernels,
  { values, valueTargets, nextValues }: Pick<ChannelReturns, 'values' | 'valueTargets' | 'nextValues'>,
  count: number,
): number {
  const ofTargets = moments(kernels, valueTargets, null, count).deviation;
  if (!(ofTargets > 0)) return 0;
  kernels.addScaled(valueTargets, values, -1, nextValues, count);
  const ofErrors = moments(kernels, nextValues, null, count).deviation;
  const share = ofErrors / ofTargets;
  return 1 - share * share;
}
