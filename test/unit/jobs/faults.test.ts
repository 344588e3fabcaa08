import { describe, expect, it } from 'vitest';
import { algorithmCatalog } from '../../../src/algorithms/index.js';
import { environmentCatalog } from '../../../src/envs/index.js';
import { jobSpecError } from '../../../src/jobs/index.js';
import { faultsOf, median, messagesOf } from './catalogs.js';

/** Names as a message lists them. */
const listed = (names: readonly string[]): string => {
  const quoted = names.map((name) => JSON.stringify(name));
  return `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
};
const ENVIRONMENTS = listed([...environmentCatalog.keys()]);
const ALGORITHMS = listed(algorithmCatalog.map(({ id }) => id));
const FOR_CHOICES = listed(
  algorithmCatalog.filter(({ capabilities }) => capabilities.actionSpaces.includes('discrete')).map(({ id }) => id),
);
const MORE = 9_007_199_254_740_991;

/** what is wrong → the spec, and every message that it gives. */
const TABLE: readonly [string, unknown, readonly string[]][] = [
  ['no object', 3, ['The job spec is 3, but must be an object']],
  ['null', null, ['The job spec is null, but must be an object']],
  ['a list', [], ['The job spec is a list of 0, but must be an object']],
  ['no environment', {}, ['/env is missing; it must be an object']],
  [
    'an environment that is none of the library',
    { env: { id: 'my-own-v1' } },
    [
      `/env/id is "my-own-v1", but must be ${ENVIRONMENTS}; one of your own is known where its module is named, by --env-module or MARLIN_ENVS, or given to \`train\``,
    ],
  ],
  ['no environment id', { env: {} }, ['/env/id is missing; it must be a text of 1 to 64 characters']],
  [
    'a misspelt environment',
    { env: { id: 'medain-v1' } },
    [`/env/id is "medain-v1", but must be ${ENVIRONMENTS}; did you mean "median-v1"?`],
  ],
  [
    'half an environment id',
    { env: { id: 'cartpole' } },
    [`/env/id is "cartpole", but must be ${ENVIRONMENTS}; did you mean "cartpole-v1"?`],
  ],
  [
    'a misspelt field',
    median({ rollout: { shrads: 2 } }),
    ['/rollout/shrads is no field here; did you mean "shards"? Known: shards, envsPerShard and horizon'],
  ],
  ['text for a number', median({ seed: '1' }), [`/seed is "1", but must be a whole number from 0 to ${MORE}`]],
  ['a fraction', median({ seed: 1.5 }), [`/seed is 1.5, but must be a whole number from 0 to ${MORE}`]],
  ['too small', median({ schedule: { lag: -1 } }), ['/schedule/lag is -1, but must be a whole number from 0 to 64']],
  ['NaN', median({ stop: { return: Number.NaN } }), ['/stop/return is NaN, but must be a finite number']],
  [
    'infinity',
    median({ stop: { wallSeconds: Infinity } }),
    ['/stop/wallSeconds is Infinity, but must be a finite number'],
  ],
  ['no time', median({ stop: { wallSeconds: 0 } }), ['/stop/wallSeconds is 0, but must be a number above 0']],
  [
    'a choice that is none',
    median({ engine: 'wasn' }),
    ['/engine is "wasn", but must be "auto", "native", "wasm", "plain" or "tensorflow"; did you mean "wasm"?'],
  ],
  [
    'an option of the environment',
    { env: { id: 'median-v1', options: { agent: 4 } } },
    [
      '/env/options/agent is no field here; did you mean "agents"? Known: agents, steps, adjacency, observation and history',
    ],
  ],
  [
    'an unknown algorithm',
    median({ algorithm: { id: 'pp0' } }),
    [`/algorithm/id is "pp0", but must be ${ALGORITHMS}; did you mean "ppo"?`],
  ],
  [
    'an option of the algorithm',
    median({ algorithm: { options: { clip: 0 } } }),
    ['/algorithm/options/clip is 0, but must be a number above 0 and at most 10'],
  ],
  [
    'an option deep in the algorithm',
    median({ algorithm: { options: { optimizer: { beta1: 1 } } } }),
    ['/algorithm/options/optimizer/beta1 is 1, but must be a number of at least 0 and below 1'],
  ],
  [
    'an option under "*", told once for all policies',
    median({ policies: { '*': { algorithm: { options: { gamma: 2 } } } } }),
    ['/policies/*/algorithm/options/gamma is 2, but must be a number from 0 to 1'],
  ],
  [
    'a policy that no agent acts by',
    median({ policies: { 'agent-3': {} } }),
    ['/policies/agent-3 is no policy here; did you mean "agent-0"? Known: *, agent-0, agent-1 and agent-2'],
  ],
  ['a policy id that is no name', median({ policies: { 'a/b~c': {} } }), ['/policies/a~1b~0c is not a valid name']],
  [
    'a network',
    median({ policies: { '*': { network: { hidden: [64, 0], activation: 'tahn' } } } }),
    [
      '/policies/*/network/hidden/1 is 0, but must be a whole number from 1 to 65536',
      '/policies/*/network/activation is "tahn", but must be "tanh" or "relu"; did you mean "tanh"?',
    ],
  ],
  [
    'bounds that cross',
    median({ policies: { 'agent-1': { distribution: { logStdBounds: [2, 1] } } } }),
    ['/policies/agent-1/distribution/logStdBounds is [2, 1], but must be ascending'],
  ],
  [
    'a start out of bounds',
    median({ policies: { '*': { distribution: { initialLogStd: 3 } } } }),
    ['/policies/*/distribution/initialLogStd is 3, but must be a number within logStdBounds, from -10 to 2'],
  ],
  [
    'an algorithm that cannot learn the actions',
    { env: { id: 'cartpole-v1' }, algorithm: { id: 'notebook' } },
    [
      `/algorithm/id is "notebook", which learns box actions only, not those of cart (discrete); it must be ${FOR_CHOICES}`,
    ],
  ],
  [
    'a mapping that misses an agent and names another',
    median({ policyMapping: { 'agent-0': 'a', 'agnt-1': 'a', 'agent-2': 'a' } }),
    [
      '/policyMapping/agnt-1 is no agent here; did you mean "agent-1"? Known: agent-0, agent-1 and agent-2',
      '/policyMapping/agent-1 is missing; it must be the id of a policy',
    ],
  ],
  [
    'a word that is no mapping',
    median({ policyMapping: 'share' }),
    ['/policyMapping is "share", but must be "independent", "shared" or an object; did you mean "shared"?'],
  ],
  [
    'a batch that no memory holds',
    median({ rollout: { envsPerShard: 1_000_000, horizon: 1000 } }),
    [
      '/rollout needs 46.6 GiB for one batch of one shard (envsPerShard 1000000 × horizon 1000 × 3 agents), but at most 2 GiB ' +
        'are allowed; lower /rollout/envsPerShard or /rollout/horizon and raise /rollout/shards instead',
    ],
  ],
];

describe('a bad spec', () => {
  it.each(TABLE)('%s', (_, spec, messages) => {
    expect(messagesOf(spec)).toEqual(messages);
  });

  it('gives all faults of all sections together, each with what was found and what is allowed', () => {
    const faults = faultsOf({
      nmae: 'x',
      seed: -1,
      env: { id: 'median-v1', options: { steps: 0 } },
      policies: { '*': { network: { hidden: 'wide' } }, 'agent-0': { algorithm: { options: { clip: -1 } } } },
      algorithm: { options: { gama: 1 } },
      evaluation: { every: null },
      stop: { return: Number.NaN },
    });
    expect(faults.map((fault) => fault.pointer).sort()).toEqual([
      '/algorithm/options/gama',
      '/env/options/steps',
      '/evaluation/every',
      '/nmae',
      '/policies/*/network/hidden',
      '/policies/agent-0/algorithm/options/clip',
      '/seed',
      '/stop/return',
    ]);
    expect(faults.find((fault) => fault.pointer === '/nmae')).toMatchObject({ found: '"x"', suggestion: 'name' });
    expect(faults.find((fault) => fault.pointer === '/evaluation/every')).toMatchObject({
      found: 'null',
      allowed: `a whole number from 0 to ${MORE}`,
    });
  });

  it('is an error with the faults as data and a line for each', () => {
    const error = jobSpecError(faultsOf(median({ seed: -1, engine: 'x' })));
    expect(error.code).toBe('JOB_SPEC_INVALID');
    expect(error.data.faults).toHaveLength(2);
    expect(error.message.split('\n')).toEqual([
      'The job spec has 2 faults:',
      `  /seed is -1, but must be a whole number from 0 to ${MORE}`,
      '  /engine is "x", but must be "auto", "native", "wasm", "plain" or "tensorflow"',
    ]);
  });
});
