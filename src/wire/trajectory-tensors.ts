import {
  episodeSumCount,
  levelsOf,
  stateSizeOf,
  type TrajectoryLayout,
  type TrajectoryPiece,
} from '../experience/index.js';
import type { TensorSpec } from './tensor.js';

/** A tensor of a trajectory batch, and where it lies in the batch's block of bytes. */
export interface TensorPlace extends TensorSpec {
  readonly offset: number;
}

/** The tensors of a batch with n = `finals` ended episodes, or of a piece of it, in the order of their offsets. Some may have no
 *  elements. */
export function trajectoryTensors(
  layout: TrajectoryLayout,
  finals: number,
  piece?: TrajectoryPiece,
): readonly TensorPlace[] {
  const places = allTensors(layout, finals);
  return piece === undefined ? places : places.filter(({ of }) => isIn(piece, of));
}

/** What a tensor belongs to; absent: to the batch. */
type Belonging = 'globalState' | { readonly agent: number; readonly observation: boolean };

function isIn(piece: TrajectoryPiece, of: Belonging | undefined): boolean {
  if (of === undefined) return true;
  if (of === 'globalState') return piece.globalState;
  return piece.agents.has(of.agent) || (of.observation && piece.allObservations);
}

function allTensors(layout: TrajectoryLayout, finals: number): readonly (TensorPlace & { readonly of?: Belonging })[] {
  const { horizon: T, instances: B, rewardHeads: H, globalStateSize: G, agents } = layout.shape;
  const n = finals;
  const end = layout.finalOffsets(n);
  return [
    { name: 'episodes', dtype: 'f64', shape: [episodeSumCount(layout.shape)], offset: layout.episodes },
    { name: 'terminated', dtype: 'u8', shape: [T, B], offset: layout.terminated },
    { name: 'truncated', dtype: 'u8', shape: [T, B], offset: layout.truncated },
    { name: 'global_state', dtype: 'f32', shape: [T + 1, B, G], offset: layout.globalState, of: 'globalState' },
    ...agents.flatMap((agent, i) => {
      const { observationSize: F, actionSize: A, maskSize: M } = agent;
      const L = levelsOf(agent);
      const S = stateSizeOf(agent);
      const at = layout.agents[i]!;
      const seen: TensorPlace = {
        name: `agent/${i}/observation`,
        dtype: 'f32',
        shape: [T + 1, B, F],
        offset: at.observation,
      };
      const rest: TensorPlace[] = [
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
      return [
        { ...seen, of: { agent: i, observation: true } },
        ...rest.map((place) => ({ ...place, of: { agent: i, observation: false } })),
      ];
    }),
    { name: 'final/row', dtype: 'i32', shape: [n], offset: end.rows },
    ...agents.map(
      ({ observationSize: F }, i) =>
        ({
          name: `final/agent/${i}/observation`,
          dtype: 'f32',
          shape: [n, F],
          offset: end.observation[i]!,
          of: { agent: i, observation: true },
        }) as const,
    ),
    { name: 'final/global_state', dtype: 'f32', shape: [n, G], offset: end.globalState, of: 'globalState' },
  ];
}
