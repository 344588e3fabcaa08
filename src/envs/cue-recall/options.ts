import { type Static, Type } from 'typebox';

export const CueRecallOptions = Type.Object(
  {
    cues: Type.Integer({
      default: 4,
      minimum: 2,
      maximum: 64,
      description: 'Symbols that the cue is one of. Who does not remember is right once in so many.',
    }),
    delay: Type.Integer({
      default: 8,
      minimum: 0,
      maximum: 1000,
      description: 'Steps between cue and question, each with a random symbol. More has to be remembered longer.',
    }),
    agents: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 16,
      description: 'Agents, n, each with a cue of its own and paid for it alone. More give more data per step.',
    }),
  },
  { additionalProperties: false },
);
export type CueRecallOptions = Static<typeof CueRecallOptions>;
