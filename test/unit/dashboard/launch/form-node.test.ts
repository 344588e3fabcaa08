import { describe, expect, it } from 'vitest';
import { placeFaults } from '../../../../dashboard/pages/launch/form/faults.js';
import { boundsText, type FormNode, formOf, shownPointers } from '../../../../dashboard/pages/launch/form/form-node.js';
import type { JsonSchema } from '../../../../dashboard/pages/launch/form/json-schema.js';
import { PRESETS } from '../../../../dashboard/pages/launch/presets.js';
import { algorithmCatalog } from '../../../../src/algorithms/catalog.js';
import { environmentCatalog } from '../../../../src/envs/index.js';
import { jobSchema } from '../../../../src/jobs/index.js';

const schema = jobSchema({ environments: environmentCatalog, algorithms: algorithmCatalog }) as JsonSchema;

/** The node at a path of the form of a spec. */
function nodeAt(spec: unknown, ...path: string[]): FormNode {
  let node = formOf(schema, spec);
  for (const name of path) {
    const inside = node.kind === 'group' ? node.fields : node.kind === 'map' ? node.entries : [];
    const union = node.kind === 'union' && node.inner?.kind === 'group' ? node.inner.fields : [];
    const found = [...inside, ...union].find((field) => field.name === name);
    if (found === undefined) throw new Error(`there is no ${name} at ${node.pointer}`);
    node = found.node;
  }
  return node;
}

/** Pointers of all numbers, texts and the like. */
function leaves(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [pointer];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${pointer}/${name}`));
}

/** Every node, from the outside in. */
function everyNode(node: FormNode): FormNode[] {
  const inside =
    node.kind === 'group'
      ? node.fields.map((field) => field.node)
      : node.kind === 'map'
        ? node.entries.map((entry) => entry.node)
        : node.kind === 'union' && node.inner !== null
          ? [node.inner]
          : [];
  return [node, ...inside.flatMap(everyNode)];
}

describe('the form of a job', () => {
  it.each(PRESETS.map((preset) => [preset.name, preset] as const))('shows all that %s says', (_name, preset) => {
    const shown = shownPointers(formOf(schema, preset));
    const faults = leaves(preset).map((pointer) => ({ pointer: `/spec${pointer}`, detail: 'wrong' }));
    expect(faults.length).toBeGreaterThan(5);
    expect(placeFaults(faults, shown).elsewhere).toEqual([]);
  });

  it('has a control for every option of every environment and algorithm, but for tables', () => {
    const specs = [
      ...[...environmentCatalog.keys()].map((id) => ({ env: { id } })),
      ...algorithmCatalog.map(({ id }) => ({ env: { id: 'median-v1' }, algorithm: { id } })),
    ];
    const shown = specs.flatMap((spec) => everyNode(formOf(schema, spec)));
    const options = shown.filter(({ pointer }) => pointer.includes('/options/'));
    expect(options.length).toBeGreaterThan(40);
    expect(options.filter(({ kind }) => kind === 'json').map(({ pointer }) => pointer)).toEqual([
      '/env/options/payoffs',
    ]);
  });

  it('has the options of the environment that is chosen, and those of the algorithm that is by default', () => {
    expect(nodeAt({ env: { id: 'median-v1' } }, 'env', 'options', 'agents')).toMatchObject({
      kind: 'number',
      integer: true,
      bounds: '2 – 10,000',
      default: 3,
      value: undefined,
      pointer: '/env/options/agents',
    });
    expect(() => nodeAt({ env: { id: 'cartpole-v1' } }, 'env', 'options', 'agents')).toThrow('there is no agents');
    expect(nodeAt({ env: { id: 'cartpole-v1' } }, 'algorithm', 'options', 'clip').kind).toBe('number');
    const reinforce = { env: { id: 'cartpole-v1' }, algorithm: { id: 'reinforce' } };
    expect(() => nodeAt(reinforce, 'algorithm', 'options', 'clip')).toThrow('there is no clip');
  });

  it('offers the alternatives of a value, and keeps what fits when another is chosen', () => {
    const spec = { env: { id: 'double-auction-v1', options: { buyerValues: { kind: 'uniform', low: 2, high: 5 } } } };
    const node = nodeAt(spec, 'env', 'options', 'buyerValues');
    if (node.kind !== 'union') throw new Error(node.kind);
    expect(node.chosen).toBe(0);
    expect(node.alternatives).toEqual([
      { label: 'uniform', start: { kind: 'uniform', low: 0, high: 1 } },
      { label: 'truncatedNormal', start: { kind: 'truncatedNormal', low: 2, high: 5 } },
      { label: 'discrete', start: { kind: 'discrete' } },
    ]);
    expect(nodeAt(spec, 'env', 'options', 'buyerValues', 'low')).toMatchObject({ kind: 'number', value: 2 });
    const other = { env: { id: 'double-auction-v1', options: { buyerValues: { kind: 'discrete', values: [1, 2] } } } };
    expect(nodeAt(other, 'env', 'options', 'buyerValues', 'values')).toMatchObject({ kind: 'list', value: [1, 2] });
  });

  it('shows what holds by default of a value with alternatives', () => {
    const spec = { env: { id: 'double-auction-v1' } };
    expect(nodeAt(spec, 'env', 'options', 'buyerValues', 'high')).toMatchObject({ value: 1 });
    const range = nodeAt(spec, 'env', 'options', 'priceRange');
    expect(range).toMatchObject({ kind: 'union', chosen: 0, inner: null });
  });

  it.each([
    [{ env: { id: 'double-auction-v1', options: { priceRange: [0, 2] } } }, 2, 'list'],
    [{ env: { id: 'double-auction-v1', options: { priceRange: 'unbounded' } } }, 1, undefined],
  ])('tells which alternative %j is', (spec, chosen, kind) => {
    const node = nodeAt(spec, 'env', 'options', 'priceRange');
    if (node.kind !== 'union') throw new Error(node.kind);
    expect([node.chosen, node.inner?.kind]).toEqual([chosen, kind]);
  });

  it('has an entry for every policy that is named', () => {
    const spec = { env: { id: 'median-v1' }, policies: { '*': { network: { hidden: [8, 8] } }, 'a/b': {} } };
    const policies = nodeAt(spec, 'policies');
    if (policies.kind !== 'map') throw new Error(policies.kind);
    expect(policies.entries.map(({ name, node }) => [name, node.pointer])).toEqual([
      ['*', '/policies/*'],
      ['a/b', '/policies/a~1b'],
    ]);
    expect(nodeAt(spec, 'policies', '*', 'network', 'hidden')).toMatchObject({ kind: 'list', value: [8, 8] });
  });
});

describe('bounds', () => {
  it.each([
    [{ minimum: 0, maximum: 1 }, '0 – 1'],
    [{ exclusiveMinimum: 0, maximum: 10 }, '> 0, ≤ 10'],
    [{ exclusiveMinimum: 0, maximum: 1e9 }, '> 0'],
    [{ minimum: -20, maximum: 5 }, '−20 – 5'],
    [{ minimum: 0, exclusiveMaximum: 1 }, '≥ 0, < 1'],
    [{ maximum: 3 }, '≤ 3'],
    [{}, ''],
  ])('%j are told as "%s"', (bounds, text) => expect(boundsText(bounds)).toBe(text));
});
