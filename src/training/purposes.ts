/** Purposes of the random streams of a job. Each is keyed by (seed, purpose, …indices), so no two draws ever share numbers and
 *  none depends on who draws it, or when. */
export const PURPOSE = {
  /** policy: the first weights. */
  initialize: 'initialize',
  /** shard: the episodes that the shard's instances start with. */
  start: 'start',
  /** shard, k: whatever the environment draws while batch k is collected. */
  environment: 'environment',
  /** shard, k, agent: the noise of the agent's actions. */
  act: 'act',
  /** policy, iteration: shuffling and whatever else the update draws. */
  update: 'update',
  /** No index: every evaluation of a job has the same starts. */
  evaluate: 'evaluate',
  /** No index: the starts of a pairing; agent: the noise of its actions in it. */
  crossPlay: 'crossPlay',
  /** profile: the noise of the actions that an evaluation samples along it. */
  profile: 'profile',
} as const;
