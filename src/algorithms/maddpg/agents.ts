import type { ReplayField, ReplaySpec } from '../../experience/index.js';
import { elementSize } from '../../spaces/index.js';
import type { LearningPolicy, ReplayContext } from '../port.js';

/** One agent of the team, and where its numbers lie in a joint row. */
export interface TeamAgent {
  /** Position of its policy among the members, and its own among those who act by that. */
  readonly member: number;
  readonly slot: number;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly observationAt: number;
  readonly actionAt: number;
}

/** The agents of all members, member by member. */
export function teamAgents(members: readonly LearningPolicy[]): readonly TeamAgent[] {
  const team: TeamAgent[] = [];
  let observationAt = 0;
  let actionAt = 0;
  for (const [member, { agents, observationSpace, actionSpace }] of members.entries()) {
    const observationSize = elementSize(observationSpace);
    const actionSize = elementSize(actionSpace);
    for (let slot = 0; slot < agents.length; slot++) {
      team.push({ member, slot, observationSize, actionSize, observationAt, actionAt });
      observationAt += observationSize;
      actionAt += actionSize;
    }
  }
  return team;
}

/** Columns of a replay of what all agents of a team did at once. */
export function jointFields(team: readonly TeamAgent[]): readonly ReplayField[] {
  const observations = team.reduce((sum, agent) => sum + agent.observationSize, 0);
  const actions = team.reduce((sum, agent) => sum + agent.actionSize, 0);
  return [
    { name: 'observations', dtype: 'f32', width: observations },
    { name: 'actions', dtype: 'f32', width: actions },
    { name: 'rewards', dtype: 'f32', width: team.length },
    { name: 'discount', dtype: 'f32', width: 1 },
    { name: 'nextObservations', dtype: 'f32', width: observations },
  ];
}

export const maddpgReplay = ({ members, options }: ReplayContext): ReplaySpec => ({
  capacity: (options as { readonly replayCapacity: number }).replayCapacity,
  fields: jointFields(teamAgents(members)),
  prioritized: false,
});
