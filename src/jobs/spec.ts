import { type Static, Type } from 'typebox';
import { TENSORFLOW_BACKENDS } from '../networks/spec.js';
import { PolicyOverrides } from './overrides.js';

const strict = { additionalProperties: false } as const;
const Id = (description: string) => Type.String({ minLength: 1, maxLength: 64, description });
const Options = Type.Record(Type.String(), Type.Unknown(), { default: {}, description: 'Options by name.' });

/** The algorithm of a policy; `options` are checked against the schema of the algorithm. */
const AlgorithmSpec = Type.Object(
  {
    id: Type.String({
      default: 'ppo',
      maxLength: 64,
      description: 'An algorithm of the catalog (`marlin algorithms`).',
    }),
    options: Options,
  },
  { ...strict, default: {}, description: 'What updates the policies.' },
);

/** One training job. Everything that decides the trained weights is in here, and nothing else is. */
export const JobSpec = Type.Object(
  {
    name: Type.String({
      default: 'job',
      pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$',
      description: 'Names the run’s folder. Has no effect on training.',
    }),
    seed: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'All randomness of the job follows from it.',
    }),
    env: Type.Object(
      { id: Id('An environment of the catalog (`marlin envs`).'), options: Options },
      { ...strict, description: 'The environment. Its options are checked against its schema.' },
    ),
    policies: Type.Record(Type.String({ pattern: '^(\\*|[a-zA-Z0-9][a-zA-Z0-9._-]{0,63})$' }), PolicyOverrides, {
      additionalProperties: false,
      default: {},
      description: 'Settings per policy id; those under "*" hold for all policies, a policy’s own win over them.',
    }),
    policyMapping: Type.Union(
      [
        Type.Literal('independent'),
        Type.Literal('shared'),
        Type.Record(Type.String(), Type.String({ pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$' })),
      ],
      {
        default: 'independent',
        description:
          'Which policy each agent acts by. independent: one each, named as the agent. shared: one for all, named "shared". Or an object from agent id to policy id.',
      },
    ),
    algorithm: AlgorithmSpec,
    rollout: Type.Object(
      {
        shards: Type.Integer({
          default: 4,
          minimum: 1,
          maximum: 65_536,
          description: 'Groups of instances that are collected independently: the most actors that can work at once.',
        }),
        envsPerShard: Type.Integer({
          default: 64,
          minimum: 1,
          maximum: 1_048_576,
          description: 'Environment instances stepped together in one shard.',
        }),
        horizon: Type.Integer({
          default: 128,
          minimum: 1,
          maximum: 1_048_576,
          description: 'Steps of each instance in one batch.',
        }),
      },
      {
        ...strict,
        default: {},
        description: 'What is collected for one iteration: shards × envsPerShard × horizon steps.',
      },
    ),
    schedule: Type.Object(
      {
        kind: Type.Union([Type.Literal('lockstep'), Type.Literal('async')], {
          default: 'lockstep',
          description:
            'lockstep: deterministic, every iteration consumes a batch of every shard. async: shards go on with the newest weights and an iteration consumes what has arrived; not reproducible. See docs/architecture.md.',
        }),
        lag: Type.Integer({
          default: 1,
          minimum: 0,
          maximum: 64,
          description:
            'lockstep: iterations by which acting may trail learning: 0 is strictly on-policy, 1 overlaps both.',
        }),
        batches: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: 65_536,
            description: 'async: trajectory batches that an iteration consumes; absent is half as many as shards.',
          }),
        ),
        maxPolicyLag: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 1_000_000,
            description:
              'async: batches that were collected with weights older by more iterations are dropped and counted; absent is 8.',
          }),
        ),
      },
      { ...strict, default: {}, description: 'In which order acting and learning happen.' },
    ),
    learners: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 256,
      description:
        'Learner processes that the updates of the policies may be spread over, on a fleet: the one that has the job and others that are free. Has no effect on what is learned. See docs/scaling.md.',
    }),
    engine: Type.Union(
      [
        Type.Literal('auto'),
        Type.Literal('native'),
        Type.Literal('wasm'),
        Type.Literal('plain'),
        Type.Literal('tensorflow'),
      ],
      {
        default: 'auto',
        description:
          'Numeric engine. auto takes native where it is installed, else wasm; plain is the slow specification: all of these give the same bits. tensorflow computes every network on TensorFlow.js, whose results are the same on one machine only.',
      },
    ),
    tensorflow: Type.Optional(
      Type.Object(
        {
          backend: Type.Enum(TENSORFLOW_BACKENDS, {
            default: 'auto',
            description:
              'auto: the first of native, wasm and cpu that works here. native: the C library of TensorFlow. gpu: that with a graphics processor. wasm: WebAssembly. cpu: plain JavaScript, slow.',
          }),
        },
        {
          ...strict,
          description:
            'Where TensorFlow.js computes, for jobs that need it: those of engine "tensorflow", and networks of kind "layers".',
        },
      ),
    ),
    evaluation: Type.Object(
      {
        every: Type.Integer({
          default: 10,
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description:
            'Iterations between evaluations by the policies’ modes; 0 evaluates only at the start and the end.',
        }),
        episodes: Type.Integer({
          default: 64,
          minimum: 1,
          maximum: 1_000_000,
          description: 'Episodes of one evaluation.',
        }),
        maxSteps: Type.Integer({
          default: 10_000,
          minimum: 1,
          maximum: 1_000_000_000,
          description: 'Steps after which an evaluated episode is counted as it stands.',
        }),
      },
      { ...strict, default: {}, description: 'Measuring the policies without exploration. Has no effect on training.' },
    ),
    checkpoint: Type.Object(
      {
        every: Type.Integer({
          default: 50,
          minimum: 0,
          maximum: Number.MAX_SAFE_INTEGER,
          description: 'Iterations between checkpoints; 0 saves only the last one.',
        }),
        keep: Type.Integer({
          default: 3,
          minimum: 1,
          maximum: 10_000,
          description: 'Newest checkpoints that are kept.',
        }),
      },
      { ...strict, default: {}, description: 'Saving what a run needs to go on. Has no effect on training.' },
    ),
    stop: Type.Object(
      {
        iterations: Type.Optional(
          Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Learner iterations.' }),
        ),
        agentSteps: Type.Optional(
          Type.Integer({
            minimum: 1,
            maximum: Number.MAX_SAFE_INTEGER,
            description: 'Agent steps consumed by the learner.',
          }),
        ),
        wallSeconds: Type.Optional(
          Type.Number({
            exclusiveMinimum: 0,
            description: 'Seconds of training. Not reproducible: depends on the machine.',
          }),
        ),
        return: Type.Optional(
          Type.Number({ description: 'Mean evaluation return of an episode that every agent must reach.' }),
        ),
      },
      { ...strict, default: {}, description: 'Training stops when any of these is reached; default 100 iterations.' },
    ),
  },
  { ...strict, title: 'Marlin job spec' },
);
/** A resolved job spec: every default filled in. */
export type JobSpec = Static<typeof JobSpec>;

/** A job spec as a person writes it: everything but `env.id` may be left out. */
export type JobSpecInput = DeepPartial<Omit<JobSpec, 'env'>> & {
  readonly env: { readonly id: string; readonly options?: Readonly<Record<string, unknown>> };
};

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;
