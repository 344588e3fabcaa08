import { Type } from 'typebox';
import { TURN_KINDS } from '../series/turns.js';
import { strict, Time } from './job.js';

export const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 500;

const OrNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

export const TimelineQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })),
    cursor: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'The nextCursor of the page before, or the id of an entry: what comes after it.',
      }),
    ),
  },
  strict,
);

export const Timeline = Type.Object(
  {
    entries: Type.Array(
      Type.Object(
        {
          id: Type.String({ description: 'Its place in the history, which it keeps.' }),
          at: Time('When it happened.'),
          kind: Type.Enum(TURN_KINDS, { description: 'What happened.' }),
          cause: Type.String({ description: 'Why, or how.' }),
          code: OrNull(Type.String(), 'The error that caused it, as docs/errors.md lists them.'),
          iteration: OrNull(Type.Integer({ minimum: 0 }), 'Iterations done by then.'),
          by: OrNull(Type.String(), 'Who asked for it: an owner’s name.'),
          sequence: OrNull(Type.Integer({ minimum: 1 }), 'Of the event that told it.'),
        },
        strict,
      ),
      { description: 'In the order in which they became known, which is that of their ids.' },
    ),
    nextCursor: OrNull(Type.String(), 'Where the next page begins; null on the last.'),
  },
  { ...strict, 'x-component': 'JobTimeline' },
);
