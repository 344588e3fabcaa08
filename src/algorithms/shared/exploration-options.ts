import { scheduleProperty } from './schedule.js';

/** Options of deterministic policies. */
export const explorationProperties = {
  explorationNoise: scheduleProperty({
    default: 0.1,
    minimum: 0,
    maximum: 100,
    description:
      'Standard deviation of the noise on actions while learning, in halves of the range between two bounds. Before learning starts, actions are uniform between the bounds.',
  }),
} as const;
