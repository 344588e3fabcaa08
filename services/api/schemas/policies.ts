import { type Static, Type } from 'typebox';
import { Space } from './catalog.js';
import { Count, JobId, Nullable, strict, Time } from './job.js';

export const PolicyName = Type.String({
  pattern: '^[a-z0-9][a-z0-9._-]{0,63}$',
  description: 'Name under which a policy is served.',
});
export const OfPolicy = Type.Object({ name: PolicyName }, strict);

const PolicyId = Type.String({ minLength: 1, maxLength: 200, description: 'Id of the policy in its job.' });

export const ServeBody = Type.Object(
  {
    job: JobId,
    checkpoint: Type.Union([Type.Integer({ minimum: 0 }), Type.Literal('newest'), Type.Literal('best')], {
      description:
        'Iterations of the checkpoint; newest; or best: of those that were evaluated, the one with the greatest mean return of the policy’s agents.',
    }),
    policy: Type.Optional(PolicyId),
  },
  { ...strict, 'x-component': 'PolicyServe' },
);

export const PolicyView = Type.Object(
  {
    name: PolicyName,
    revision: Type.Integer({ description: 'Changes with every switch; its ETag.' }),
    owner: Nullable(Type.String({ description: 'Whose it is: the job’s owner.' })),
    job: JobId,
    checkpoint: Count('Iterations of the checkpoint.'),
    policy: PolicyId,
    digest: Type.String({ description: 'SHA-256 of the checkpoint, as its own answer has it.' }),
    servedAt: Time('Since when the name stands for this checkpoint.'),
    servedBy: Type.String({ description: 'Who had it stand for it: an owner’s name.' }),
    parameters: Count('Weights that it acts by.'),
    observationSpace: Space,
    actionSpace: Space,
    observationSize: Count('Numbers of an observation.'),
    actionSize: Count('Numbers of an action.'),
    maskSize: Count('Numbers of an action mask; 0 where there is nothing to mask.'),
    agents: Type.Array(Type.String(), { description: 'Who acts by it in the job.' }),
    tellsAgents: Type.Boolean({
      description: 'Whether it acts differently for each agent, so that requests name one.',
    }),
    stateSize: Count('Numbers that it remembers from one step of an episode to the next; 0 where it has no memory.'),
  },
  { ...strict, 'x-component': 'Policy' },
);
export type PolicyView = Static<typeof PolicyView>;

export const PolicyList = Type.Object(
  { policies: Type.Array(PolicyView, { description: 'By name.' }) },
  { ...strict, 'x-component': 'PolicyList' },
);

const Row = Type.Array(Type.Number(), { description: 'As many numbers as observationSize, in the observation space.' });
const State = Type.String({
  contentEncoding: 'base64',
  description:
    'What a policy with a memory remembers: stateSize numbers as float32, little-endian, in base64. Give back with the next observation what the answer to the one before it gave.',
});
const Mask = Type.Array(Type.Integer({ minimum: 0, maximum: 1 }), {
  description: 'As many as maskSize, 1 = legal; without, everything is.',
});
const Seed = Type.Integer({
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Of a draw: the same seed and rows give the same actions. Without, one is drawn, and told.',
});
const manner = {
  sample: Type.Optional(
    Type.Boolean({ default: false, description: 'Draw the actions; otherwise they are the most likely ones.' }),
  ),
  seed: Type.Optional(Seed),
  agent: Type.Optional(
    Type.String({ maxLength: 200, description: 'Who acts: needed where the policy tells its agents apart.' }),
  ),
};

export const ActQuery = Type.Object(manner, strict);

/** Checked where it is read, in a thread of its own, row by row; here it is described. */
export const ActBody = Type.Object(
  {
    observation: Type.Optional(Row),
    observations: Type.Optional(Type.Array(Row, { minItems: 1 })),
    state: Type.Optional(Nullable(State)),
    states: Type.Optional(Type.Array(Nullable(State), { minItems: 1 })),
    mask: Type.Optional(Mask),
    masks: Type.Optional(Type.Array(Mask, { minItems: 1 })),
    ...manner,
  },
  {
    ...strict,
    'x-component': 'PolicyAct',
    description:
      'Either one observation, with its state and mask, or a list of observations, with as many states and masks. Where a policy has a memory, an episode begins with no state, or null.',
  },
);

const actor = {
  seed: Nullable(Seed),
  revision: Type.Integer({ description: 'Of the name when it acted.' }),
  checkpoint: Count('Iterations of the checkpoint that acted.'),
  digest: Type.String({ description: 'SHA-256 of the checkpoint that acted.' }),
};
const Action = Type.Array(Type.Number(), { description: 'As many numbers as actionSize.' });
export const Acted = Type.Object(
  { action: Action, state: Type.Optional(State), ...actor },
  { ...strict, 'x-component': 'PolicyAction', description: 'Of one observation.' },
);
export const ActedBatch = Type.Object(
  { actions: Type.Array(Action), states: Type.Optional(Type.Array(State)), ...actor },
  { ...strict, 'x-component': 'PolicyActions', description: 'Of a list of observations, in its order.' },
);
