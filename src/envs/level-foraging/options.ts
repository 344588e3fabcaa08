import { type Static, Type } from 'typebox';

export const LevelForagingOptions = Type.Object(
  {
    size: Type.Integer({
      default: 8,
      minimum: 5,
      maximum: 64,
      description: 'Rows and columns of the grid. More makes food harder to meet by chance.',
    }),
    agents: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 9,
      description: 'Agents, n. More share the work and the reward, and get into each other’s way.',
    }),
    foods: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 20,
      description: 'Foods laid out; fewer where no place is left. More makes each worth less.',
    }),
    maxLevel: Type.Integer({
      default: 2,
      minimum: 1,
      maximum: 100,
      description:
        'Levels of agents are uniform on 1 … maxLevel. More makes agents, and so what each is paid, more unequal.',
    }),
    sight: Type.Union([Type.Literal('all'), Type.Integer({ minimum: 1, maximum: 64 })], {
      default: 'all',
      description:
        'How many cells away food and agents are seen, in each direction; positions are then told from the corner of what is seen. Less makes agents search.',
    }),
    forceCoop: Type.Boolean({
      default: false,
      description:
        'Whether every food has the greatest level, the sum of the three lowest agents’: nobody can load any alone.',
    }),
    penalty: Type.Number({
      default: 0,
      minimum: 0,
      maximum: 1000,
      description: 'What an agent pays for loading in vain. More teaches to wait for the others, or not to try.',
    }),
    masked: Type.Boolean({
      default: false,
      description:
        'Whether moves into walls and food, and loading beside no food, are masked; otherwise they do nothing. Fewer choices are learned faster.',
    }),
    steps: Type.Integer({
      default: 50,
      minimum: 1,
      maximum: 1_000_000,
      description: 'Steps after which an episode is cut off. More lets slower foragers finish.',
    }),
  },
  { additionalProperties: false },
);
export type LevelForagingOptions = Static<typeof LevelForagingOptions>;
