import { Type } from 'typebox';
import { SCOPES } from '../security/principal.js';
import { Count, Nullable, strict } from './job.js';

const Quota = Type.Object({ used: Count('Now.'), limit: Count('At most.') }, strict);

/** Who asks, and what they may. */
export const Me = Type.Object(
  {
    keyId: Nullable(Type.String({ description: 'Of the key that was sent; null where none was, and none is needed.' })),
    owner: Type.String({ description: 'Whose jobs are seen and changed; an admin sees those of all.' }),
    scopes: Type.Array(Type.Enum(SCOPES), {
      description: 'All that is allowed: each scope with those that it includes.',
    }),
    quotas: Type.Object(
      {
        activeJobs: Type.Object(Quota.properties, { ...strict, description: 'Jobs of the owner that have not ended.' }),
        agentStepsPerDay: Nullable(
          Type.Object(Quota.properties, {
            ...strict,
            description:
              'Agent steps that the owner’s jobs have made in the last 24 hours; null where they are not limited.',
          }),
        ),
        policies: Type.Object(Quota.properties, {
          ...strict,
          description: 'Names under which the owner has policies served.',
        }),
        requestsPerMinute: Count('Requests of this key to one process.'),
        actsPerMinute: Count('Requests of this key for actions to one process.'),
        streams: Count('Streams of events that this key may have open at a time in one process.'),
      },
      strict,
    ),
  },
  { ...strict, 'x-component': 'Me' },
);
