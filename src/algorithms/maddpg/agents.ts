import type { ReplayField, ReplaySpec } from '../../experience/index.js';
import { elementSize, maskSize } from '../../spaces/index.js';
import type { LearningPolicy, ReplayContext } from '../port.js';

/** One agent of the team, and where its numbers lie in a joint row. */
export interface TeamAgent {
  /** Position of its policy among the members, and its own among those who act by that. */
  readonly member: number;
  readonly slot: number;
  readonly observationSize: number;
  readonly actionSize: number;
  /** Choices of each element of its action; empty where it is a box. */
  readonly choices: readonly number[];
  /** 0 where it is not masked. */
  readonly maskSize: number;
  readonly observationAt: number;
  readonly actionAt: number;
  readonly maskAt: number;
}

/** The agents of all members, member by member. */
export function teamAgents(members: readonly LearningPolicy[]): readonly TeamAgent[] {
  const team: TeamAgent[] = [];
  let observationAt = 0;
  let actionAt = 0;
  let maskAt = 0;
  for (const [member, { agents, observationSpace, actionSpace, masked }] of members.entries()) {
    const sizes = {
      observationSize: elementSize(observationSpace),
      actionSize: elementSize(actionSpace),
      choices: choicesOf(actionSpace),
      maskSize: masked ? maskSize(actionSpace) : 0,
    };
    for (let slot = 0; slot < agents.length; slot++) {
      team.push({ member, slot, ...sizes, observationAt, actionAt, maskAt });
      observationAt += sizes.observationSize;
      actionAt += sizes.actionSize;
      maskAt += sizes.maskSize;
    }
  }
  return team;
}

const choicesOf = (space: LearningPolicy['actionSpace']): readonly number[] =>
  space.kind === 'discrete' ? [space.count] : space.kind === 'multiDiscrete' ? space.counts : [];

/** Numbers of an agent's action as critics see it: one per choice, or those of a box. */
export const seenActionSize = ({ choices, actionSize }: TeamAgent): number =>
  choices.length === 0 ? actionSize : choices.reduce((sum, count) => sum + count, 0);

/** Columns of a replay of what all agents of a team did at once. Choices are kept as their numbers. */
export function jointFields(team: readonly TeamAgent[]): readonly ReplayField[] {
  const sum = (size: 'observationSize' | 'actionSize' | 'maskSize'): number =>
    team.reduce((total, agent) => total + agent[size], 0);
  const fields: ReplayField[] = [
    { name: 'observations', dtype: 'f32', width: sum('observationSize') },
    { name: 'actions', dtype: 'f32', width: sum('actionSize') },
    { name: 'rewards', dtype: 'f32', width: team.length },
    { name: 'discount', dtype: 'f32', width: 1 },
    { name: 'nextObservations', dtype: 'f32', width: sum('observationSize') },
  ];
  const width = sum('maskSize');
  if (width === 0) return fields;
  return [...fields, { name: 'actionMasks', dtype: 'u8', width }, { name: 'nextActionMasks', dtype: 'u8', width }];
}

export const maddpgReplay = ({ members, options }: ReplayContext): ReplaySpec => ({
  capacity: (options as { readonly replayCapacity: number }).replayCapacity,
  fields: jointFields(teamAgents(members)),
  prioritized: false,
});
