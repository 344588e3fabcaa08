/** IMPALA's actor–critic: one pass over each batch, with V-trace for the age of the policy that acted. */
import type { Algorithm } from '../port.js';
import { PolicyGradientUpdater } from '../shared/policy-gradient.js';
import type { ImpalaOptions } from './options.js';

export const algorithm: Algorithm = {
  createUpdater: (context) => {
    const { lambda, vtrace, ...options } = context.options as ImpalaOptions;
    return new PolicyGradientUpdater(context, {
      ...options,
      baseline: true,
      estimator: { kind: 'vtrace', lambda, clips: vtrace },
    });
  },
};
