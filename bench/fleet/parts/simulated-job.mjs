import { HEADER, TRAJECTORY_MAGIC, TRAJECTORY_VERSION, trajectoryLayout } from '../../../dist/src/experience/index.js';

/** What the messages of a simulated job need to be read and written, and a batch of zeros in which no episode ends. `shape` is that of
 *  the capacity model. */
export function layoutOf({ shape }) {
  const { agents, observationSize, actionSize, instances, horizon, parameters, rewardHeads = 1 } = shape;
  const layout = trajectoryLayout({
    horizon,
    instances,
    rewardHeads,
    globalStateSize: 0,
    episodeMetrics: 0,
    agents: Array.from({ length: agents }, () => ({ observationSize, actionSize, maskSize: 0 })),
  });
  const block = new Uint8Array(layout.totalBytes(0));
  const header = new Int32Array(block.buffer, 0, 16);
  header[HEADER.magic] = TRAJECTORY_MAGIC;
  header[HEADER.version] = TRAJECTORY_VERSION;
  header[HEADER.horizon] = horizon;
  header[HEADER.instances] = instances;
  header[HEADER.agents] = agents;
  const policies = Array.from({ length: agents }, (_, i) => ({ policyId: `agent-${i}`, parameterCount: parameters }));
  return { layout, policies, block };
}
