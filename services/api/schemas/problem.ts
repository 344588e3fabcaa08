import { type Static, Type } from 'typebox';

const FieldFault = Type.Object(
  {
    pointer: Type.String({
      description: 'RFC 6901 pointer into the body; /query, /params or /headers before other places.',
    }),
    detail: Type.String(),
  },
  { additionalProperties: false },
);
export type FieldFault = Static<typeof FieldFault>;

/** RFC 9457: what every answer from 400 on has as its body. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:marlin:error: and the code.' }),
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Lasting; docs/errors.md lists all.' }),
    detail: Type.String({ description: 'What happened, with which value, and what to do.' }),
    pointers: Type.Optional(Type.Array(FieldFault, { description: 'Every place at fault.' })),
    requestId: Type.String({ description: 'Under which the server’s log has the request.' }),
  },
  { additionalProperties: false, 'x-component': 'Problem' },
);
export type Problem = Static<typeof Problem>;
