import { Type } from 'typebox';

export const Steps = Type.Integer({
  default: 25,
  minimum: 1,
  maximum: 1_000_000,
  description: 'Steps after which an episode is cut off. Returns grow with it: compare only those of equal length.',
});

/** Weight of what an agent is paid for itself, against what all are paid. */
export const LocalRatio = (description: string) => Type.Number({ default: 0.5, minimum: 0, maximum: 1, description });

/** Landmarks, which are as many as the agents unless told. */
export const LandmarksLikeAgents = Type.Union([Type.Literal('agents'), Type.Integer({ minimum: 1, maximum: 128 })], {
  default: 'agents',
  description: 'Landmarks. agents: as many as there are agents.',
});

/** Landmarks that agents tell each other about. */
export const NamedLandmarks = Type.Integer({
  default: 3,
  minimum: 2,
  maximum: 64,
  description: 'Landmarks. More leave more to be told, and make a guess worth less.',
});

/** What can be said in one step. */
export const Words = (count: number) =>
  Type.Integer({
    default: count,
    minimum: 1,
    maximum: 64,
    description: 'Words. Fewer than landmarks cannot name them all at once; more make a language slower to agree on.',
  });
