import { HEADER, TRAJECTORY_MAGIC, TRAJECTORY_VERSION, trajectoryLayout } from '../../../dist/src/experience/index.js';

/** Three agents with one observation and one action each, as in the median game. */
export const shapeOf = (instances, horizon) => ({
  horizon,
  instances,
  rewardHeads: 1,
  globalStateSize: 0,
  episodeMetrics: 0,
  agents: Array.from({ length: 3 }, () => ({ observationSize: 1, actionSize: 1, maskSize: 0 })),
});

/** A batch of zeros, in which no episode ends: nothing on the way looks at the numbers. */
export function batchOf(shape) {
  const layout = trajectoryLayout(shape);
  const block = new Uint8Array(layout.totalBytes(0));
  const header = new Int32Array(block.buffer, 0, 16);
  header[HEADER.magic] = TRAJECTORY_MAGIC;
  header[HEADER.version] = TRAJECTORY_VERSION;
  header[HEADER.horizon] = shape.horizon;
  header[HEADER.instances] = shape.instances;
  header[HEADER.agents] = shape.agents.length;
  return { layout, block };
}
