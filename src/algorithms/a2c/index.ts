/** Advantage actor–critic: one pass over each batch, as if it were on-policy. */
import type { Algorithm } from '../port.js';
import { PolicyGradientUpdater } from '../shared/policy-gradient.js';
import type { A2cOptions } from './options.js';

export const algorithm: Algorithm = {
  createUpdater: (context) => {
    const { lambda, ...options } = context.options as A2cOptions;
    const estimator = { kind: 'gae', lambda, ratioClip: null } as const;
    return new PolicyGradientUpdater(context, { ...options, baseline: true, estimator });
  },
};
