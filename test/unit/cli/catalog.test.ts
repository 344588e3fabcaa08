import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listEnvironments } from '../../../cli/commands/catalog.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';
import { fakeHost } from './fake-host.js';

const MARKET = `
  const box = { kind: 'box', shape: [2], low: 0, high: 1 };
  const action = { kind: 'hierarchical', levels: [
    { name: 'enter', space: { kind: 'binary', size: 1 }, reward: 'entry' },
    { name: 'price', space: { kind: 'box', shape: [1], low: { observation: 0 } }, when: { level: 'enter', is: [1] } },
  ] };
  const points = [0, 0.5, 1];
  const observations = points.map((value) => [value, 1]);
  export const environment = {
    id: 'market-v1', description: 'A market.', options: { type: 'object', properties: {} },
    create: () => ({
      agents: [{ id: 'seller', observationSpace: box, actionSpace: action }], state: {},
      rewardHeads: ['entry', 'money'], returnHead: 'money',
      episodeMetrics: ['gain', 'possible'], ratioMetrics: { efficiency: ['gain', 'possible'] },
      profiles: [
        { agent: 'seller', label: 'cost', points, observations, element: 1, quantity: 'price', reference: { label: 'equilibrium' } },
        { agent: 'seller', label: 'time', points, observations, element: 1, quantity: 'price' },
      ],
      reset() {}, step() {},
    }),
  };`;

async function listed(id: string, json: boolean): Promise<string> {
  const { host, out } = fakeHost();
  const folder = temporaryFolder({ 'market.mjs': MARKET });
  await listEnvironments(host, id, { envModule: [join(folder, 'market.mjs')], json });
  return out.join('');
}

it('an environment is listed with its levels, heads, metrics, ratios and profiles', async () => {
  const text = await listed('market-v1', false);
  expect(text.split('\n')).toEqual([
    'market-v1  A market.',
    '',
    'agents (by default)',
    '  seller: observes 2 numbers from 0 to 1, acts in 2 levels',
    '    1. enter: 1 yes-or-no decision, paid by entry',
    '    2. price: 1 number of at least observation[0], where enter is yes',
    'reward heads',
    '  entry, money; the return is money',
    'episode metrics',
    '  gain, possible',
    'ratio metrics',
    '  efficiency: gain / possible',
    'profiles',
    '  seller: price by cost at 3 points, with equilibrium',
    '  seller: price by time at 3 points',
    '',
    'no options',
    '',
  ]);
});

it('and says the same as JSON', async () => {
  expect(JSON.parse(await listed('market-v1', true))).toMatchObject({
    id: 'market-v1',
    rewardHeads: ['entry', 'money'],
    returnHead: 'money',
    episodeMetrics: ['gain', 'possible'],
    ratioMetrics: { efficiency: ['gain', 'possible'] },
    profiles: [
      { agent: 'seller', label: 'cost', quantity: 'price', points: 3, reference: 'equilibrium' },
      { agent: 'seller', label: 'time', quantity: 'price', points: 3 },
    ],
  });
});

it('what an environment does not declare is not spoken of', async () => {
  const text = await listed('cartpole-v1', false);
  expect(text).not.toMatch(/reward heads|ratio metrics|profiles/);
});

it('the options of each form of an object are listed under the form', async () => {
  const { host, out } = fakeHost();
  await listEnvironments(host, 'double-auction-v1', { envModule: [], json: false });
  const lines = out.join('').split('\n');
  const from = lines.findIndex((line) => line.startsWith('buyerValues'));
  const names = lines.slice(from).flatMap((line) => /^( *\S.*?)(?: {2}|$)/.exec(line)?.[1] ?? []);
  expect(lines[from]).toMatch(/^buyerValues {2,}\{"kind":"uniform".*one of:/);
  const forms = (option: string): string[] => [
    option,
    '  kind: "uniform"',
    `    ${option}.low`,
    `    ${option}.high`,
    '  kind: "truncatedNormal"',
    `    ${option}.mean`,
    `    ${option}.deviation`,
    `    ${option}.low`,
    `    ${option}.high`,
    '  kind: "discrete"',
    `    ${option}.values`,
    `    ${option}.weights`,
  ];
  const own = names.filter((name) => /^( {2}kind:| *(buyerValues|sellerCosts))/.test(name));
  expect(own).toEqual([...forms('buyerValues'), ...forms('sellerCosts')]);
});
