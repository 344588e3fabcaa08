import { type TSchema, Type } from 'typebox';
import { NetworkSpec } from '../networks/spec.js';
import { DistributionSpec } from '../policies/spec.js';
import { JOB_ID_PATTERN } from './ids.js';

const strict = { additionalProperties: false } as const;

/** The same fields, none of them needed and none filled in: what is left out comes from the layer below. `defaults` tells, by
 *  field, what stands there in the end where it is not the schema's own default. */
function overridesOf<T>(
  schema: TSchema & { readonly properties: Readonly<Record<string, TSchema>> },
  description: string,
  defaults: Readonly<Record<string, string>> = {},
) {
  const fields: Record<string, TSchema> = {};
  for (const [name, field] of Object.entries(schema.properties)) {
    const { default: fallback, ...rest } = field as TSchema & { default?: unknown };
    const told = 'description' in rest ? `${String(rest.description)} ` : '';
    const inTheEnd = defaults[name] ?? JSON.stringify(fallback);
    fields[name] = Type.Optional(
      Type.Unsafe(inTheEnd === undefined ? rest : { ...rest, description: `${told}Default ${inTheEnd}.` }),
    );
  }
  return Type.Unsafe<Partial<T>>(Type.Object(fields, { ...strict, description }));
}

const OF_THE_NETWORK = 'as in `network`';

/** Settings of one policy (or of all, under "*") as a job spec holds them: only what differs from the defaults. */
export const PolicyOverrides = Type.Object(
  {
    network: Type.Optional(
      overridesOf<NetworkSpec>(NetworkSpec, 'The network that acts.', {
        hiddenGain: '√2 for orthogonal, 1 for the others',
        outputGain: '0.01',
        outputBias: '0',
      }),
    ),
    valueNetwork: Type.Optional(
      overridesOf<NetworkSpec>(NetworkSpec, 'The value network, where it is not shaped as the acting one.', {
        kind: OF_THE_NETWORK,
        hidden: OF_THE_NETWORK,
        activation: OF_THE_NETWORK,
        initialization: OF_THE_NETWORK,
        hiddenGain: OF_THE_NETWORK,
        outputGain: '1',
        outputBias: '0',
      }),
    ),
    distribution: Type.Optional(
      overridesOf<DistributionSpec>(DistributionSpec, 'How the network’s outputs become actions.'),
    ),
    levelNetworks: Type.Optional(
      Type.Enum(['shared', 'separate'], {
        description:
          'Hierarchical actions. shared: one network, with a linear head per level. separate: a network per level, each with an optimizer of its own. Default "shared".',
      }),
    ),
    levels: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          {
            distribution: Type.Optional(
              overridesOf<DistributionSpec>(DistributionSpec, 'How the level’s outputs become its action.'),
            ),
          },
          strict,
        ),
        { description: 'Hierarchical actions: what differs by level, by level name.' },
      ),
    ),
    agentId: Type.Optional(
      Type.Boolean({
        description:
          'Policies of several agents: each agent sees, behind its observation, which of them it is (a 1 in its place, and zeros), so that one policy can act differently for each. Default false.',
      }),
    ),
    initial: Type.Optional(
      Type.Object(
        {
          job: Type.String({
            pattern: JOB_ID_PATTERN.source,
            description: 'The job that the weights are taken from; it may still run.',
          }),
          iteration: Type.Integer({
            minimum: 0,
            maximum: Number.MAX_SAFE_INTEGER,
            description: 'The iteration of its checkpoint, so that the start is always the same.',
          }),
          policy: Type.Optional(
            Type.String({ minLength: 1, maxLength: 64, description: 'Its policy; default the one of the same name.' }),
          ),
        },
        {
          ...strict,
          description:
            'Weights that the policy begins with, from a checkpoint of another job, in place of the seeded ones.',
        },
      ),
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
