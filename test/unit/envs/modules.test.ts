import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { environmentModuleUrl, loadEnvironmentModules } from '../../../src/envs/index.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const MODULES = {
  'one.mjs': `export const environment = { id: 'one-v1', create() {} };`,
  'several.mjs': `
    const a = { id: 'a-v1', create() {} };
    export default a;
    export const environments = [a, { id: 'b-v1', create() {} }];`,
  'broken.mjs': 'export const = 1;',
  'empty.mjs': 'export const other = 1;',
};
const ids = async (...modules: (string | URL)[]) => (await loadEnvironmentModules(modules)).map(({ id }) => id);

describe('modules of environments', () => {
  it('are named by a URL, as text or not, or by a path from the working directory', async () => {
    const folder = temporaryFolder(MODULES);
    const at = (name: string) => join(folder, name);
    const url = pathToFileURL(at('one.mjs'));
    expect(
      new Set([url, url.href, at('one.mjs'), relative(process.cwd(), at('one.mjs'))].map(environmentModuleUrl)),
    ).toEqual(new Set([url.href]));
    expect(await ids(url, at('several.mjs'))).toEqual(['one-v1', 'a-v1', 'b-v1']);
  });

  it.each([
    ['missing.mjs', /no module of environments at .*missing\.mjs; give the path/],
    ['broken.mjs', /broken\.mjs cannot be loaded: /],
    ['empty.mjs', /exports no environment, but other; export it as `environment`/],
  ])('%s is refused', async (name, message) => {
    await expect(loadEnvironmentModules([join(temporaryFolder(MODULES), name)])).rejects.toThrow(
      expect.objectContaining({ code: 'ENV_MODULE_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
