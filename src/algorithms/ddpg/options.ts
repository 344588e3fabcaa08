import { type Static, Type } from 'typebox';
import { explorationProperties } from '../shared/exploration-options.js';
import { offPolicyProperties } from '../shared/off-policy-options.js';

export const DdpgOptions = Type.Object(
  { ...offPolicyProperties, ...explorationProperties },
  { additionalProperties: false, default: {} },
);
export type DdpgOptions = Static<typeof DdpgOptions>;
