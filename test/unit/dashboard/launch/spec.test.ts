import { describe, expect, it } from 'vitest';
import { faultyWithin, placeFaults, withMissing } from '../../../../dashboard/pages/launch/form/faults.js';
import { formOf, shownPointers } from '../../../../dashboard/pages/launch/form/form-node.js';
import type { JsonSchema } from '../../../../dashboard/pages/launch/form/json-schema.js';
import { pointerOf, setAt } from '../../../../dashboard/pages/launch/form/spec-value.js';
import {
  labelsText,
  listText,
  readLabels,
  readList,
  readNumber,
} from '../../../../dashboard/pages/launch/form/texts.js';
import { LaunchKeys } from '../../../../dashboard/pages/launch/launch-key.js';

describe('a change of a spec', () => {
  const spec = { env: { id: 'a', options: { x: 1 } }, stop: { iterations: 3 } };

  it.each([
    [['env', 'options', 'y'], 2, { ...spec, env: { id: 'a', options: { x: 1, y: 2 } } }],
    [['rollout', 'shards'], 4, { ...spec, rollout: { shards: 4 } }],
    [['policies', '*'], {}, { ...spec, policies: { '*': {} } }],
    // What is empty then says nothing, and goes.
    [['env', 'options', 'x'], undefined, { env: { id: 'a' }, stop: { iterations: 3 } }],
    [['stop', 'iterations'], undefined, { env: spec.env }],
    [['stop', 'return'], undefined, spec],
  ])('at %j to %j', (path, value, changed) => {
    const before = structuredClone(spec);
    expect(setAt(spec, path, value)).toEqual(changed);
    expect(spec).toEqual(before);
  });

  it('makes objects where there was something else', () => {
    expect(setAt({ a: 3 }, ['a', 'b'], 1)).toEqual({ a: { b: 1 } });
    expect(setAt(undefined, ['a'], 1)).toEqual({ a: 1 });
  });

  it('is at a pointer', () => expect(pointerOf(['policies', 'a/b~c', 'x'])).toBe('/policies/a~1b~0c/x'));
});

describe('what is typed', () => {
  it.each([
    ['1e-3', 0.001],
    [' 25 ', 25],
    ['−3', -3],
    ['', undefined],
    ['1,5', '1,5'],
    ['abc', 'abc'],
    ['Infinity', 'Infinity'],
  ])('as a number, %j, is %j', (text, value) => expect(readNumber(text)).toEqual(value));

  it.each([
    ['64, 64', [64, 64]],
    ['[1,2]', [1, 2]],
    ['[]', []],
    ['', undefined],
    ['1, x', [1, 'x']],
    ['1,', [1, '']],
  ])('as a list, %j, is %j', (text, value) => expect(readList(text)).toEqual(value));

  it.each([[[64, 64]], [[]], [['a', 'b']], [undefined]])('shows %j so that it is read again', (value) =>
    expect(readList(listText(value))).toEqual(value),
  );

  it('as labels is names and values', () => {
    const labels = { team: 'markets', kept: '', note: 'a=b' };
    expect(readLabels('team=markets, kept , note=a=b,')).toEqual(labels);
    expect(readLabels(labelsText(labels))).toEqual(labels);
  });
});

describe('faults', () => {
  const shown = new Set(['', '/env', '/env/options', '/env/options/agents', '/policies', '/policies/*/network/hidden']);
  const fault = (pointer: string, detail = `${pointer} is wrong`) => ({ pointer, detail });

  it('are told where they are shown, else at the nearest place around them, else apart', () => {
    const faults = [
      fault('/spec/env/options/agents'),
      fault('/spec/policies/*/network/hidden/1'),
      fault('/spec/env/options/colour', '/spec/env/options/colour is no field here'),
      fault('/spec/nothing'),
      fault('/labels/team'),
    ];
    const placed = placeFaults(faults, shown);
    expect(Object.fromEntries(placed.at)).toEqual({
      '/env/options/agents': 'is wrong',
      '/policies/*/network/hidden': '1 is wrong',
      '/env/options': 'colour is no field here',
    });
    expect(placed.elsewhere.map(({ pointer }) => pointer)).toEqual(['/spec/nothing', '/labels/team']);
    expect([...placed.placed]).toEqual(faults.slice(0, 3).map(({ pointer }) => pointer));
    expect([faultyWithin(placed, '/env'), faultyWithin(placed, '/en'), faultyWithin(placed, '/stop')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('of one place are told together', () => {
    const placed = placeFaults([fault('/spec/env', 'first'), fault('/spec/env', 'second')], shown);
    expect(placed.at.get('/env')).toBe('first; second');
  });

  it('of a chosen alternative that is not filled in are what it needs', () => {
    const schema: JsonSchema = {
      type: 'object',
      properties: {
        values: {
          anyOf: [
            { type: 'object', required: ['kind'], properties: { kind: { const: 'none' } } },
            {
              type: 'object',
              required: ['kind', 'low', 'high'],
              properties: { kind: { const: 'range' }, low: { type: 'number' }, high: { type: 'number' } },
            },
          ],
        },
      },
    };
    const form = formOf(schema, { values: { kind: 'range', low: 1 } });
    const told = placeFaults([fault('/spec/values/kind', 'must be "none"')], shownPointers(form));
    expect(Object.fromEntries(withMissing(told, form).at)).toEqual({ '/values/high': 'is needed' });
    const whole = formOf(schema, { values: { kind: 'range', low: 1, high: 0 } });
    expect(Object.fromEntries(withMissing(told, whole).at)).toEqual({ '/values': 'kind must be "none"' });
  });
});

describe('the key of a launch', () => {
  it('is the same for the same request, and another for another', () => {
    let next = 0;
    const keys = new LaunchKeys((words) => {
      for (let i = 0; i < words.length; i++) words[i] = next++;
    });
    const first = keys.keyFor({ spec: { seed: 1 } });
    expect(first).toMatch(/^[0-9a-f]{40}$/);
    expect(keys.keyFor({ spec: { seed: 1 } })).toBe(first);
    expect(keys.keyFor({ spec: { seed: 2 } })).not.toBe(first);
  });
});
