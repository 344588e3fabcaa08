import type { EnvironmentBatch } from '../port.js';

/** Channels of what an agent sees; `OTHERS` only where there are others. */
const SELF = 0;
const GOAL = 1;
const WALL = 2;
const OTHERS = 3;

export const channelsOf = (agents: number): number => (agents > 1 ? OTHERS + 1 : OTHERS);
/** The global state's channels: the wall, then each agent and its goal. */
export const globalChannelsOf = (agents: number): number => 1 + 2 * agents;

/** Writes the pictures of an instance, pixels 0 or 1, channels last: pixel (row, column) begins at (row · size + column) · C.
 *
 *      agent i:       | oneself | one's goal | wall | where others stand, for n > 1 |
 *      global state:  | wall | agent 0 | its goal | agent 1 | its goal | … | */
export function createPaint(size: number, agents: number): (batch: EnvironmentBatch, b: number) => void {
  const pixels = size * size;
  const channels = channelsOf(agents);
  const globalChannels = globalChannelsOf(agents);

  return ({ state, observation, globalState }, b) => {
    const { vertical, wall, door, row, column, goalRow, goalColumn } = state;
    const upright = vertical[b] === 1;
    const paintWall = (out: Float32Array, from: number, width: number, channel: number): void => {
      for (let across = 0; across < size; across++) {
        if (across === door[b]) continue;
        const pixel = upright ? across * size + wall[b] : wall[b] * size + across;
        out[from + pixel * width + channel] = 1;
      }
    };
    const whole = b * pixels * globalChannels;
    globalState.fill(0, whole, whole + pixels * globalChannels);
    paintWall(globalState, whole, globalChannels, 0);
    for (let i = 0; i < agents; i++) {
      const own = b * agents + i;
      const standing = row[own] * size + column[own];
      const goal = goalRow[own] * size + goalColumn[own];
      const out = observation[i];
      const from = b * pixels * channels;
      out.fill(0, from, from + pixels * channels);
      out[from + standing * channels + SELF] = 1;
      out[from + goal * channels + GOAL] = 1;
      paintWall(out, from, channels, WALL);
      for (let j = b * agents; j < (b + 1) * agents; j++) {
        if (j !== own) out[from + (row[j] * size + column[j]) * channels + OTHERS] = 1;
      }
      globalState[whole + standing * globalChannels + 1 + 2 * i] = 1;
      globalState[whole + goal * globalChannels + 2 + 2 * i] = 1;
    }
  };
}
