import { describe, expect, it } from 'vitest';
import { algorithmCatalog } from '../../../src/algorithms/index.js';
import { createEnvironment, findEnvironment } from '../../../src/envs/index.js';
import { previewJob, resolvePolicies } from '../../../src/jobs/index.js';
import { networkStateSize } from '../../../src/networks/index.js';
import { catalogs, messagesOf, resolved } from './catalogs.js';

const GRU = { recurrent: { kind: 'gru', size: 8 } };
const cueRecall = (policies: object, more: object = {}) => ({ env: { id: 'cue-recall-v1' }, policies, ...more });

describe('a policy with a memory', () => {
  const able = algorithmCatalog.filter(({ capabilities }) => capabilities.recurrent);

  it('is learned by the policy gradients, and acted by opponents that do not learn', () => {
    const ids = able.map(({ id }) => id);
    expect(ids).toEqual(['ppo', 'reinforce', 'a2c', 'impala', 'mappo', 'fixed', 'pool']);
  });

  it.each(
    algorithmCatalog.filter((entry) => !able.includes(entry) && entry.capabilities.actionSpaces.includes('discrete')),
  )('is refused by $id', ({ id }) => {
    const messages = messagesOf(cueRecall({ '*': { network: GRU } }, { algorithm: { id } }));
    expect(messages).toEqual([
      `/policies/*/network/recurrent is nothing that "${id}" can learn; leave it out, or take "ppo", "reinforce", "a2c", "impala", "mappo", "fixed" or "pool"`,
    ]);
  });

  it.each([
    [
      'a value network with a memory of its own',
      cueRecall({ '*': { valueNetwork: GRU } }),
      /^\/policies\/\*\/valueNetwork\/recurrent gives the value network a memory of its own/,
    ],
    [
      'levels that share no network',
      {
        env: { id: 'enter-offer-v1', options: { actions: 'hierarchical' } },
        policies: { seller: { network: GRU, levelNetworks: 'separate' } },
      },
      /^\/policies\/[^/]+\/network\/recurrent is for levels that share a network/,
    ],
    [
      'nothing to remember in',
      cueRecall({ '*': { network: { recurrent: { size: 0 } } } }),
      /^\/policies\/\*\/network\/recurrent\/size is 0/,
    ],
    [
      'more than fits',
      cueRecall({ '*': { network: { recurrent: { size: 1e9 } } } }),
      /^\/policies\/\*\/network\/recurrent\/size is 1000000000, but must be .*4096/,
    ],
    [
      'an unknown unit',
      cueRecall({ '*': { network: { recurrent: { kind: 'rnn' } } } }),
      /^\/policies\/\*\/network\/recurrent\/kind is "rnn", but must be "gru"/,
    ],
    [
      'states of more than a batch may hold',
      cueRecall(
        { '*': { network: { recurrent: { size: 4096 } } } },
        { rollout: { envsPerShard: 1_048_576, horizon: 1 } },
      ),
      /^\/rollout needs 16\.\d GiB/,
    ],
  ])('is refused: %s', (_, spec, message) => {
    const messages = messagesOf(spec);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(message);
  });

  it('has a value network of the same hidden layers, without a memory', () => {
    const spec = resolved(
      cueRecall({ '*': { network: { ...GRU, hidden: [5] }, valueNetwork: { activation: 'relu' } } }),
    );
    const environment = createEnvironment(findEnvironment(catalogs.environments, spec.env.id), spec.env.options);
    const [{ policySpec }] = resolvePolicies(spec, environment);
    expect(networkStateSize(policySpec.network)).toBe(8);
    expect(policySpec.valueNetwork).toMatchObject({ hidden: [5], activation: 'relu' });
    expect(networkStateSize(policySpec.valueNetwork!)).toBe(0);
  });

  it('counts in the size of a batch and of the weights', () => {
    const rollout = { shards: 1, envsPerShard: 16, horizon: 4 };
    const [without, with_] = [{ hidden: [] }, { hidden: [], ...GRU }].map((network) =>
      previewJob(resolved(cueRecall({ '*': { network } }, { rollout })), catalogs),
    );
    expect(with_.batchBytes - without.batchBytes).toBe(4 * 16 * 8);
    // 7 observed numbers, 4 choices.
    expect(without.policies[0].actingParameters).toBe(7 * 4 + 4);
    expect(with_.policies[0].actingParameters).toBe(3 * 8 * (7 + 1 + 8 + 1) + 8 * 4 + 4);
  });
});
