import { type Static, Type } from 'typebox';

export const NotebookOptions = Type.Object(
  {
    learningRate: Type.Number({ default: 1e-3, exclusiveMinimum: 0, maximum: 10, description: 'Adam’s step size.' }),
    gamma: Type.Number({
      default: 0.99,
      minimum: 0,
      maximum: 1,
      description: 'Discount γ, counted from the start of the game: reward k weighs γᵏ.',
    }),
    asWritten: Type.Boolean({
      default: false,
      description:
        'The notebook to the letter: rewards summed over samples first, the observation after the step in place of the one acted on, gradients never cleared. Use it with the environment option observation: "notebook".',
    }),
  },
  { additionalProperties: false, default: {} },
);
export type NotebookOptions = Static<typeof NotebookOptions>;
