import type { Updater, UpdaterContext } from '../port.js';

/** What a centralized critic sees. */
export type CriticView = Required<Pick<Updater, 'criticInput' | 'criticAgentId'>>;

/** Numbers that a centralized critic sees. */
export function criticSize(context: UpdaterContext, { criticInput, criticAgentId }: CriticView): number {
  const size = criticInput === 'globalState' ? context.globalStateSize : context.joinedObservationSize;
  return size + (criticAgentId ? context.agents.length : 0);
}
