import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openApiText } from '../../../../services/api/openapi-text.js';
import { projectFolder } from '../../../helpers/project.js';

type Json = Readonly<Record<string, unknown>>;

describe('docs/openapi.json', () => {
  let text: string;
  let document: {
    readonly paths: Record<string, Record<string, Json>>;
    readonly components: { readonly schemas: Json };
  };

  beforeAll(async () => {
    text = await openApiText();
    document = JSON.parse(text);
  });

  it('is what the routes declare: if not, run `npm run build && node scripts/write-openapi.mjs`', () => {
    // Compared as a whole, without the page of differences that two long texts make.
    expect(readFileSync(join(projectFolder, 'docs/openapi.json'), 'utf8') === text).toBe(true);
  });

  it('refers only to what it has', () => {
    const referred = [...text.matchAll(/"\$ref": "#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!);
    expect(referred.length).toBeGreaterThan(20);
    expect(referred.filter((name) => !(name in document.components.schemas))).toEqual([]);
    expect(text).not.toMatch(/"x-(component|ref)"/);
  });

  it('says of every operation what it is called, does, answers, and needs', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
    ) as (Json & { readonly path: string })[];
    expect(operations.length).toBeGreaterThan(15);
    const ids = operations.flatMap(({ operationId }) => operationId ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const operation of operations) {
      expect(operation.summary, operation.path).toMatch(/^[A-Z]/);
      expect(operation.security, operation.path).toBeDefined();
      expect(Object.keys(operation.responses as Json), operation.path).toEqual(expect.arrayContaining(['4XX', '5XX']));
      if (operation.path.startsWith('/v1/')) expect(operation.operationId, operation.path).toBeDefined();
    }
  });
});
