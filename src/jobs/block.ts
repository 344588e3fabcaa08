import type { Environment } from '../envs/index.js';
import { type TrajectoryLayout, trajectoryLayout } from '../experience/layout.js';
import { networkStateSize } from '../networks/spec.js';
import { elementSize, levelCount, maskSize } from '../spaces/index.js';
import { type Fault, problem } from './faults.js';
import type { ResolvedPolicy } from './resolve.js';
import type { JobSpec } from './spec.js';

/** Largest trajectory batch of one shard: what one typed array and one message can hold with room to spare. */
export const MAX_BLOCK_BYTES = 2 ** 31;

/** The layout of a trajectory batch of one shard, in which these policies act. */
export function batchLayout(
  { envsPerShard, horizon }: JobSpec['rollout'],
  environment: Environment,
  policies: readonly Pick<ResolvedPolicy, 'agentIds' | 'policySpec'>[],
): TrajectoryLayout {
  const stateSizes = new Map(
    policies.flatMap(({ agentIds, policySpec }) => agentIds.map((id) => [id, networkStateSize(policySpec.network)])),
  );
  return trajectoryLayout({
    horizon,
    instances: envsPerShard,
    rewardHeads: environment.rewardHeads?.length ?? 1,
    globalStateSize: environment.globalState === undefined ? 0 : elementSize(environment.globalState),
    episodeMetrics: environment.episodeMetrics?.length ?? 0,
    agents: environment.agents.map((agent) => ({
      observationSize: elementSize(agent.observationSpace),
      actionSize: elementSize(agent.actionSpace),
      maskSize: agent.masked ? maskSize(agent.actionSpace) : 0,
      levelCount: levelCount(agent.actionSpace),
      stateSize: stateSizes.get(agent.id) ?? 0,
    })),
  });
}

/** A fault when one batch of one shard would not fit in MAX_BLOCK_BYTES even if every step ended an episode's record. */
export function checkBlock(
  rollout: JobSpec['rollout'],
  environment: Environment,
  policies: Parameters<typeof batchLayout>[2],
  faults: Fault[],
): void {
  const { envsPerShard, horizon } = rollout;
  const bytes = batchLayout(rollout, environment, policies).totalBytes(envsPerShard);
  if (bytes <= MAX_BLOCK_BYTES) return;
  const gigabytes = (bytes / 2 ** 30).toFixed(1);
  faults.push(
    problem(
      '/rollout',
      rollout,
      `at most ${MAX_BLOCK_BYTES} bytes per shard and iteration`,
      `needs ${gigabytes} GiB for one batch of one shard (envsPerShard ${envsPerShard} × horizon ${horizon} × ` +
        `${environment.agents.length} agents), but at most 2 GiB are allowed; lower /rollout/envsPerShard or /rollout/horizon` +
        ' and raise /rollout/shards instead',
    ),
  );
}
