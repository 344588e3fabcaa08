import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { listFiles, projectFolder, runNode } from '../../helpers/project.js';

it('runs with what a browser has, and loads nothing but itself', async () => {
  const { code, stdout, stderr } = await runNode(join(projectFolder, 'test/unit/client/in-a-page.mjs'), [], {
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules --no-warnings' },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { launched, types, modules } = JSON.parse(stdout) as Record<string, unknown>;
  expect(launched).toEqual({ url: 'http://api.test/v1/jobs', key: expect.stringMatching(/^[0-9a-f]{40}$/) });
  expect(types).toEqual(['checkpoint', 'end']);
  // All but the two that have types alone.
  expect(modules).toBe(listFiles('client').length - 2);
});

it('is what the package offers as marlin/client', () => {
  const { exports } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  expect(exports['./client']).toEqual({ types: './dist/client/index.d.ts', default: './dist/client/index.js' });
});
