import { type Static, Type } from 'typebox';

export const TwoRoomsOptions = Type.Object(
  {
    size: Type.Integer({
      default: 5,
      minimum: 4,
      maximum: 16,
      description:
        'Rows and columns of the grid, and of the picture. More makes the way longer and the goal harder to meet by chance.',
    }),
    agents: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 4,
      description:
        'Agents, n, each with a goal of its own. They do not block each other; more make a picture busier, and episodes as long as the last needs.',
    }),
    stepCost: Type.Number({
      default: 0.05,
      minimum: 0,
      maximum: 1,
      description:
        'What a step costs an agent that is not at its goal. More tells short ways from long ones more clearly.',
    }),
    shaping: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 1,
      description:
        'What a move pays that makes the way to the goal one shorter, and takes where it makes it longer. More teaches the way sooner; at 0 an agent learns it from arriving alone.',
    }),
    steps: Type.Integer({
      default: 20,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Steps after which an episode is cut off. More lets who wanders arrive.',
    }),
  },
  { additionalProperties: false },
);
export type TwoRoomsOptions = Static<typeof TwoRoomsOptions>;
