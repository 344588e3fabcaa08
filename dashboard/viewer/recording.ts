import type { Evaluation } from '../../client/index.js';
import type { Space } from '../../src/spaces/index.js';

/** What an agent did at one step. */
export interface Act {
  readonly agent: string;
  readonly action: readonly number[];
  readonly reward: number;
  /** Undefined where the recording has none. */
  readonly observation: readonly number[] | undefined;
}

/** A recorded game, or several games of one step each. */
export interface Recording {
  readonly agents: readonly string[];
  /** What one of `length` is: steps of one game, or games of one step. */
  readonly unit: 'step' | 'game';
  readonly length: number;
  readonly spaceOf: (agent: string) => Space;
  /** What all agents did at a step, from 0. */
  readonly at: (step: number) => readonly Act[];
}

export function recordingOf({ game, spaces }: Pick<Evaluation, 'game' | 'spaces'>): Recording {
  const agents = Object.keys(game.actions);
  const { further } = game;
  const firstLength = Math.max(0, ...Object.values(game.rewards).map(({ length }) => length));
  const furtherLength = Math.max(0, ...Object.values(further?.rewards ?? {}).map(({ length }) => length));
  return {
    agents,
    unit: firstLength === 1 && furtherLength > 0 ? 'game' : 'step',
    length: firstLength + furtherLength,
    spaceOf: (agent) => (spaces[agent]?.actionSpace ?? { kind: 'box', shape: [1] }) as unknown as Space,
    at: (step) => {
      const steps = step < firstLength ? game : further;
      const place = step < firstLength ? step : step - firstLength;
      return agents.map((agent) => ({
        agent,
        action: steps?.actions[agent]?.[place] ?? [],
        reward: steps?.rewards[agent]?.[place] ?? 0,
        observation: steps?.observations?.[agent]?.[place],
      }));
    },
  };
}
