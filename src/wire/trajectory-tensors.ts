import { episodeSumCount, levelsOf, stateSizeOf, type TrajectoryLayout } from '../experience/index.js';
import type { TensorSpec } from './tensor.js';

/** A tensor of a trajectory batch, and where it lies in the batch's block of bytes. */
export interface TensorPlace extends TensorSpec {
  readonly offset: number;
}

/** The tensors of a batch with n = `finals` ended episodes, in the order of their offsets. Some may have no elements. */
export function trajectoryTensors(layout: TrajectoryLayout, finals: number): readonly TensorPlace[] {
  const { horizon: T, instances: B, rewardHeads: H, globalStateSize: G, agents } = layout.shape;
  const n = finals;
  const end = layout.finalOffsets(n);
  return [
    { name: 'episodes', dtype: 'f64', shape: [episodeSumCount(layout.shape)], offset: layout.episodes },
    { name: 'terminated', dtype: 'u8', shape: [T, B], offset: layout.terminated },
    { name: 'truncated', dtype: 'u8', shape: [T, B], offset: layout.truncated },
    { name: 'global_state', dtype: 'f32', shape: [T + 1, B, G], offset: layout.globalState },
    ...agents.flatMap((agent, i): TensorPlace[] => {
      const { observationSize: F, actionSize: A, maskSize: M } = agent;
      const L = levelsOf(agent);
      const S = stateSizeOf(agent);
      const at = layout.agents[i]!;
      return [
        { name: `agent/${i}/observation`, dtype: 'f32', shape: [T + 1, B, F], offset: at.observation },
        { name: `agent/${i}/action`, dtype: 'f32', shape: [T, B, A], offset: at.action },
        {
          name: `agent/${i}/behavior_log_prob`,
          dtype: 'f32',
          shape: L === 1 ? [T, B] : [T, B, L],
          offset: at.behaviorLogProb,
        },
        { name: `agent/${i}/reward`, dtype: 'f32', shape: [T, B, H], offset: at.reward },
        { name: `agent/${i}/action_mask`, dtype: 'u8', shape: [T + 1, B, M], offset: at.actionMask },
        ...(S === 0 ? [] : [{ name: `agent/${i}/state`, dtype: 'f32', shape: [B, S], offset: at.state } as const]),
      ];
    }),
    { name: 'final/row', dtype: 'i32', shape: [n], offset: end.rows },
    ...agents.map(
      ({ observationSize: F }, i): TensorPlace => ({
        name: `final/agent/${i}/observation`,
        dtype: 'f32',
        shape: [n, F],
        offset: end.observation[i]!,
      }),
    ),
    { name: 'final/global_state', dtype: 'f32', shape: [n, G], offset: end.globalState },
  ];
}
