import type { ReplayField, ReplaySpec } from '../../../experience/index.js';
import { elementSize, maskSize } from '../../../spaces/index.js';
import type { LearningPolicy, ReplayContext } from '../../port.js';

/** Who a row of the replay is about. `single`: one agent, whichever acts by the policy. `joint`: all agents of all members. */
export type Grouping = 'single' | 'joint';

/** Agents of a member in each row. */
export const agentsPerRow = (grouping: Grouping, { agents }: LearningPolicy): number =>
  grouping === 'single' ? 1 : agents.length;

/** Numbers of a member's observations, actions and masks in each row. */
export interface MemberWidths {
  readonly agents: number;
  /** Of one agent. */
  readonly observation: number;
  readonly action: number;
  /** 0 where it is not masked. */
  readonly mask: number;
}

export const widthsOf = (grouping: Grouping, member: LearningPolicy): MemberWidths => ({
  agents: agentsPerRow(grouping, member),
  observation: elementSize(member.observationSpace),
  action: elementSize(member.actionSpace),
  mask: member.masked ? maskSize(member.actionSpace) : 0,
});

/** Names of a row's columns; those of agents are by member. */
export const FIELD = {
  observation: (m: number) => `observation.${m}`,
  action: (m: number) => `action.${m}`,
  nextObservation: (m: number) => `nextObservation.${m}`,
  actionMask: (m: number) => `actionMask.${m}`,
  nextActionMask: (m: number) => `nextActionMask.${m}`,
  reward: 'reward',
  discount: 'discount',
  state: 'state',
  nextState: 'nextState',
} as const;

/** Columns of the replay, in order: each member's, then reward, discount and, where a mixer sees the global state, that and the next. */
export function replayFields(members: readonly MemberWidths[], stateSize: number): readonly ReplayField[] {
  const f32 = (name: string, width: number): ReplayField => ({ name, dtype: 'f32', width });
  const u8 = (name: string, width: number): ReplayField => ({ name, dtype: 'u8', width });
  const ofMembers = members.flatMap(({ agents, observation, action, mask }, m) => [
    f32(FIELD.observation(m), agents * observation),
    f32(FIELD.action(m), agents * action),
    f32(FIELD.nextObservation(m), agents * observation),
    ...(mask === 0 ? [] : [u8(FIELD.actionMask(m), agents * mask), u8(FIELD.nextActionMask(m), agents * mask)]),
  ]);
  const states = stateSize === 0 ? [] : [f32(FIELD.state, stateSize), f32(FIELD.nextState, stateSize)];
  return [...ofMembers, f32(FIELD.reward, 1), f32(FIELD.discount, 1), ...states];
}

/** The replay that the options ask for; `stateSize` numbers of the state come with each row. */
export function qLearningReplay(
  { members, options }: ReplayContext,
  grouping: Grouping,
  stateSize: number,
): ReplaySpec {
  const { replayCapacity, prioritized } = options as {
    readonly replayCapacity: number;
    readonly prioritized?: unknown;
  };
  const widths = members.map((member) => widthsOf(grouping, member));
  return { capacity: replayCapacity, fields: replayFields(widths, stateSize), prioritized: prioritized !== undefined };
}

export const valuesReplay = (context: ReplayContext): ReplaySpec => qLearningReplay(context, 'single', 0);
export const teamValuesReplay = (context: ReplayContext): ReplaySpec => qLearningReplay(context, 'joint', 0);
