import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Check } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import { jobSchema, specPage, validateJobText } from '../../../src/jobs/index.js';
import { listFiles, projectFolder } from '../../helpers/project.js';
import { catalogs, faultsOf, median, resolved } from './catalogs.js';

const schema = jobSchema(catalogs);
const accepts = (spec: unknown): boolean => Check(schema, spec);
const examples = listFiles('examples').filter((path) => path.endsWith('.json'));

describe('the published schema', () => {
  it('is draft 2020-12, and plain JSON', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(JSON.stringify(schema)).not.toContain('additionalItems');
  });

  it.each([
    ['the least spec', median()],
    ['a resolved spec', resolved(median())],
    ['options of the environment', { env: { id: 'median-v1', options: { agents: 5 } } }],
    ['options of the default algorithm', median({ algorithm: { options: { clip: 0.1 } } })],
    ['options of another algorithm', median({ algorithm: { id: 'reinforce', options: { baseline: false } } })],
    [
      'settings of a policy',
      median({ policies: { 'agent-0': { algorithm: { id: 'reinforce', options: { gamma: 1 } } } } }),
    ],
    ['bounds', median({ policies: { '*': { distribution: { logStdBounds: [-3, 1] } } } })],
  ])('accepts %s, as validation does', (_, spec) => {
    expect(faultsOf(spec)).toEqual([]);
    expect(accepts(spec)).toBe(true);
  });

  it.each([
    ['no environment', {}],
    ['an unknown environment', { env: { id: 'x-v1' } }],
    ['an unknown field', median({ seeds: 1 })],
    ['an option that the environment does not have', { env: { id: 'median-v1', options: { agent: 5 } } }],
    ['an option of another algorithm', median({ algorithm: { id: 'reinforce', options: { clip: 0.1 } } })],
    ['a wrong option of the default algorithm', median({ algorithm: { options: { clip: 'x' } } })],
    ['a wrong option of a policy', median({ policies: { '*': { algorithm: { id: 'ppo', options: { gamma: 3 } } } } })],
    ['one bound', median({ policies: { '*': { distribution: { logStdBounds: [-3] } } } })],
    ['three bounds', median({ policies: { '*': { distribution: { logStdBounds: [-3, 1, 2] } } } })],
  ])('refuses %s, as validation does', (_, spec) => {
    expect(faultsOf(spec)).not.toEqual([]);
    expect(accepts(spec)).toBe(false);
  });
});

describe.each(examples)('%s', (path) => {
  it('is valid', () => {
    const text = readFileSync(join(projectFolder, path), 'utf8');
    expect(validateJobText(text, catalogs)).toMatchObject({ ok: true });
    expect(accepts(JSON.parse(text))).toBe(true);
  });
});

describe('docs/job-spec.md', () => {
  it('is what the schema says: if not, run `npm run build && node dist/cli/main.js schema --markdown > docs/job-spec.md`', () => {
    expect(readFileSync(join(projectFolder, 'docs/job-spec.md'), 'utf8')).toBe(specPage(catalogs));
  });
});
