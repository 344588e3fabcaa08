import { type Static, Type } from 'typebox';
import { Space } from './catalog.js';
import { Count, Nullable, strict, Time } from './job.js';

const Numbers = Type.Array(Type.Number());
const Known = Type.Array(Nullable(Type.Number()));
const Means = Type.Record(Type.String(), Type.Number());

const steps = {
  actions: Type.Record(Type.String(), Type.Array(Numbers), {
    description: 'Agent id → the action of every step, as the numbers of its action space.',
  }),
  rewards: Type.Record(Type.String(), Numbers, { description: 'Agent id → the reward of every step.' }),
  observations: Type.Optional(
    Type.Record(Type.String(), Type.Array(Numbers), {
      description:
        'Agent id → what it saw before every step, to six digits: of the first steps, as many as there is room for.',
    }),
  ),
};

export const Evaluation = Type.Object(
  {
    sequence: Type.Integer({ minimum: 1, description: 'Of the event that told it.' }),
    at: Time('When it was made.'),
    iteration: Count('Iterations done when evaluated.'),
    episodes: Count('Episodes that were played.'),
    agentSteps: Count('Steps of all agents in training by then.'),
    wallSeconds: Type.Number({ description: 'Seconds of training by then.' }),
    agents: Type.Record(
      Type.String(),
      Type.Object(
        {
          return: Type.Number({ description: 'Mean return of an episode.' }),
          rewardPerStep: Type.Number({ description: 'Mean reward of a step.' }),
          heads: Type.Optional(Means),
          length: Type.Number({ description: 'Mean length of an episode in steps.' }),
          metrics: Means,
        },
        strict,
      ),
      { description: 'By agent id.' },
    ),
    spaces: Type.Record(Type.String(), Type.Object({ observationSpace: Space, actionSpace: Space }, strict), {
      description: 'Agent id → what the numbers of its observations and actions are, by the options of the job.',
    }),
    game: Type.Object(
      {
        ...steps,
        further: Type.Optional(
          Type.Object(steps, {
            ...strict,
            description: 'Where an episode has a single step, further episodes: each is one of the steps here.',
          }),
        ),
      },
      { ...strict, description: 'The first episode, or the first steps of it.' },
    ),
    profiles: Type.Array(
      Type.Object(
        {
          agent: Type.String(),
          label: Type.String({ description: 'What the points are.' }),
          quantity: Type.String({ description: 'What is decided.' }),
          points: Numbers,
          reference: Type.Optional(
            Type.Object(
              { label: Type.String(), quantity: Type.Optional(Known), participation: Type.Optional(Known) },
              { ...strict, description: 'What theory says at the points.' },
            ),
          ),
          mean: Known,
          participation: Numbers,
        },
        strict,
      ),
      { description: 'How agents act along the environment’s lines of observations.' },
    ),
  },
  { ...strict, 'x-component': 'JobEvaluation' },
);
export type Evaluation = Static<typeof Evaluation>;
