/** Bytes of the tensors of a trajectory batch, or of a piece of it with `count` of its agents, in which no episode ends; names and
 *  shapes of the message add some 30 bytes a tensor. */
export function elementBytes(job, count) {
  const { agents, observationSize, actionSize, rewardHeads = 1, maskSize = 0, levels = 1, instances, horizon } = job;
  const { globalStateSize = 0, episodeMetrics = 0, memorySize = 0 } = job;
  const rows = instances * horizon;
  const observed = instances * (horizon + 1);
  const perAgent =
    4 * observed * observationSize +
    4 * rows * (actionSize + levels + rewardHeads) +
    observed * maskSize +
    4 * instances * memorySize;
  const shared = 8 * (2 + agents * (1 + episodeMetrics)) + 2 * rows + 4 * observed * globalStateSize;
  return shared + count * perAgent;
}
