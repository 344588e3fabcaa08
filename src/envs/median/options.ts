import { type Static, Type } from 'typebox';
import { MAX_ELEMENT_SIZE } from '../../spaces/index.js';
import { envError } from '../errors.js';

export const MedianOptions = Type.Object(
  {
    agents: Type.Integer({
      default: 3,
      minimum: 2,
      maximum: 10_000,
      description: 'Players, n. Time per step grows with n, or with the neighbors where `adjacency` is a matrix.',
    }),
    steps: Type.Integer({
      default: 100,
      minimum: 1,
      maximum: 1_000_000,
      description:
        'Steps of an episode. Longer games separate the winners more clearly and give fewer first observations.',
    }),
    adjacency: Type.Union(
      [
        Type.Literal('complete'),
        Type.Array(Type.Array(Type.Integer({ minimum: 0, maximum: 1 }), { minItems: 2 }), { minItems: 2 }),
      ],
      {
        default: 'complete',
        description:
          'Who sees whom: n × n zeros and ones, row i are the neighbors of agent i. complete: everyone but oneself.',
      },
    ),
    observation: Type.Union([Type.Literal('others-mean'), Type.Literal('others'), Type.Literal('notebook')], {
      default: 'others-mean',
      description:
        'others-mean: the mean of the neighbors’ actions. others: each neighbor’s action as a feature of its own; the input grows with the neighbors. notebook: own action · neighbors / n, the error of the notebook kept for comparison.',
    }),
    history: Type.Integer({
      default: 1,
      minimum: 1,
      maximum: 1000,
      description:
        'Observations stacked into one, newest first. More lets a policy see trends and multiplies its input.',
    }),
  },
  { additionalProperties: false },
);
export type MedianOptions = Static<typeof MedianOptions>;

/** What the schema cannot say: a matrix of the right size, a neighbor for everyone, observations that fit in memory.
 *  Throws ENV_OPTIONS_INVALID. */
export function assertMedianOptions({ agents, adjacency, observation, history }: MedianOptions): void {
  const fail = (option: string, problem: string): never => {
    throw envError('ENV_OPTIONS_INVALID', `options of environment "median-v1": ${option} ${problem}`, {
      data: { environment: 'median-v1', faults: [{ pointer: `/${option.replaceAll('.', '/')}`, message: problem }] },
    });
  };
  let neighbors = agents * (agents - 1);
  if (adjacency !== 'complete') {
    if (adjacency.length !== agents) fail('adjacency', `has ${adjacency.length} rows, but there are ${agents} agents`);
    neighbors = 0;
    adjacency.forEach((row, i) => {
      if (row.length !== agents) fail(`adjacency.${i}`, `has ${row.length} numbers, but there are ${agents} agents`);
      const count = row.reduce((sum, entry) => sum + entry, 0);
      if (count === 0) fail(`adjacency.${i}`, `has no 1: agent-${i} would see nobody; give it a neighbor`);
      neighbors += count;
    });
  }
  const numbers = (observation === 'others' ? neighbors : agents) * history;
  if (numbers > MAX_ELEMENT_SIZE) {
    fail('history', `and the neighbors make ${numbers} observed numbers per instance, more than ${MAX_ELEMENT_SIZE}`);
  }
}
