import type { AgentSpec } from './port.js';

/** Per list of agents, so that asking for each of thousands takes the time of one look. */
const known = new WeakMap<readonly AgentSpec[], ReadonlyMap<string, AgentSpec>>();

/** The agent of that id, which must be among them. The list is not to change afterwards. */
export function agentNamed(agents: readonly AgentSpec[], id: string): AgentSpec {
  let byId = known.get(agents);
  if (byId === undefined) {
    byId = new Map(agents.map((agent) => [agent.id, agent]));
    known.set(agents, byId);
  }
  return byId.get(id)!;
}
