import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TSchema } from 'typebox';
import { describe, expect, test } from 'vitest';
import { type AlgorithmDefinition, algorithmCatalog } from '../../../src/algorithms/index.js';
import { projectFolder } from '../../helpers/project.js';

const { algorithmsTable, withAlgorithmsTable } = (await import(`${projectFolder}/scripts/algorithms-table.mjs`)) as {
  algorithmsTable(catalog: readonly AlgorithmDefinition[]): string;
  withAlgorithmsTable(text: string, table: string): string;
};
const read = (path: string): string => readFileSync(join(projectFolder, path), 'utf8');

describe('README.md', () => {
  test('has the catalog’s table of algorithms: if not, run `npm run build && node scripts/write-algorithms-table.mjs`', () => {
    const readme = read('README.md');
    expect(readme).toBe(withAlgorithmsTable(readme, algorithmsTable(algorithmCatalog)));
  });
});

describe.each([...algorithmCatalog])('src/algorithms/$id/README.md', ({ id, options }) => {
  const path = `src/algorithms/${id}/README.md`;

  test('names options that there are', () => {
    expect(existsSync(join(projectFolder, path))).toBe(true);
    const page = read(path);
    const section = page.match(/^## Options\n(.*?)(?=^## |(?![\s\S]))/ms)?.[1] ?? '';
    const { properties } = options as TSchema & { readonly properties: object };
    const named = [...section.matchAll(/^\| ((?:`[^`]+`(?:, | × )?)+) \|/gm)].flatMap(([, cell]) =>
      [...cell!.matchAll(/`(\w+)/g)].map(([, name]) => name!),
    );
    for (const name of named) expect(Object.keys(properties), `${id} has no option ${name}`).toContain(name);
  });

  test('says how it was proved, and what its metrics mean', () => {
    const page = read(path);
    expect(page).toContain('## Metrics');
    expect(page).toContain('## Proof');
    for (const [, test_] of page.matchAll(/`(test\/[\w./-]+\.ts)`/g))
      expect(existsSync(join(projectFolder, test_!))).toBe(true);
  });
});
