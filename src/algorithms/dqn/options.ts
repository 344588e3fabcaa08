import { Type } from 'typebox';
import { qLearningProperties } from '../shared/q-learning/options.js';

export const DqnOptions = Type.Object(qLearningProperties, { additionalProperties: false });
