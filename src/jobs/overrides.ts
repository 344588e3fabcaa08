import { type TSchema, Type } from 'typebox';
import { NetworkSpec } from '../networks/spec.js';
import { DistributionSpec } from '../policies/spec.js';

const strict = { additionalProperties: false } as const;

/** The same fields, none of them needed and none filled in: what is left out comes from the layer below. */
function overridesOf<T>(
  schema: TSchema & { readonly properties: Readonly<Record<string, TSchema>> },
  description: string,
) {
  const fields: Record<string, TSchema> = {};
  for (const [name, field] of Object.entries(schema.properties)) {
    const { default: fallback, ...rest } = field as TSchema & { default?: unknown };
    const told = 'description' in rest ? `${String(rest.description)} ` : '';
    fields[name] = Type.Optional(
      Type.Unsafe(
        fallback === undefined ? rest : { ...rest, description: `${told}Default ${JSON.stringify(fallback)}.` },
      ),
    );
  }
  return Type.Unsafe<Partial<T>>(Type.Object(fields, { ...strict, description }));
}

/** Settings of one policy (or of all, under "*") as a job spec holds them: only what differs from the defaults. */
export const PolicyOverrides = Type.Object(
  {
    network: Type.Optional(overridesOf<NetworkSpec>(NetworkSpec, 'The network that acts.')),
    valueNetwork: Type.Optional(
      overridesOf<NetworkSpec>(
        NetworkSpec,
        'The value network, apart from the acting one. What is left out is as in `network`.',
      ),
    ),
    distribution: Type.Optional(
      overridesOf<DistributionSpec>(DistributionSpec, 'How the network’s outputs become actions.'),
    ),
    algorithm: Type.Optional(
      Type.Object(
        {
          id: Type.Optional(
            Type.String({
              maxLength: 64,
              description: 'Another algorithm; the options of the job’s `algorithm` then do not carry over.',
            }),
          ),
          options: Type.Optional(
            Type.Record(Type.String(), Type.Unknown(), {
              description: 'Options that differ from the job’s `algorithm`.',
            }),
          ),
        },
        { ...strict, description: 'The algorithm of this policy, where it differs.' },
      ),
    ),
  },
  { ...strict, description: 'Settings of one policy.' },
);
