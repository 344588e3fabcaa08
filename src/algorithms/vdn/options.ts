import { type Static, Type } from 'typebox';
import { qLearningProperties, teamProperties } from '../shared/q-learning/options.js';

export const VdnOptions = Type.Object({ ...qLearningProperties, ...teamProperties }, { additionalProperties: false });
export type VdnOptions = Static<typeof VdnOptions>;
