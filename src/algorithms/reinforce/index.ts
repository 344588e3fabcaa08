/** REINFORCE, with an optional learned baseline. */
import type { Algorithm } from '../port.js';
import { PolicyGradientUpdater } from '../shared/policy-gradient.js';
import type { ReinforceOptions } from './options.js';

export const algorithm: Algorithm = {
  createUpdater: (context) => {
    const { ratioClip, ...options } = context.options as ReinforceOptions;
    const estimator = { kind: 'gae', lambda: 1, ratioClip } as const;
    return new PolicyGradientUpdater(context, { ...options, minibatches: 1, estimator });
  },
};
