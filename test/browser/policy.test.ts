import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { encodePolicyFile } from '../../src/export/index.js';
import { useBrowser } from '../helpers/browser/browser.js';
import { layersCases, look, policyCases, trainedModes } from '../helpers/export/policies.js';
import { runNode } from '../helpers/project.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const ROWS = 50;
const cases = [...policyCases, ...layersCases];
const usePage = useBrowser();

/** A page's server: `marlin/policy` as a page loads it, and the policies' files. */
async function serve(files: ReadonlyMap<string, Uint8Array | string>): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(url);
    response.setHeader(
      'content-type',
      url.endsWith('.js') ? 'text/javascript' : url === '/' ? 'text/html' : 'application/octet-stream',
    );
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

it('acts in a page to the same bits as in training, for every action space and kind of network', async () => {
  const folder = temporaryFolder();
  const built = await runNode('scripts/build-policy.mjs', ['--out', folder]);
  expect(built).toMatchObject({ code: 0, stderr: expect.not.stringContaining('rror') });
  const files = new Map<string, Uint8Array | string>([
    ['/', '<!doctype html><link rel="icon" href="data:,"><title>policy</title>'],
    ['/policy.js', readFileSync(join(folder, 'browser.js'))],
    ...cases.map(({ card, parameters }, c) => [`/${c}`, encodePolicyFile(card, parameters)] as const),
  ]);
  await usePage(await serve(files), async (page) => {
    for (const [c, made] of cases.entries()) {
      const seen = look(made, ROWS);
      const told = (await page.evaluate(
        `(async ({ c, rows, observations, mask }) => {
          const { loadPolicy } = await import('/policy.js');
          const policy = await loadPolicy(new Uint8Array(await (await fetch('/' + c)).arrayBuffer()));
          const seeded = policy.actBatch(observations, rows, { mask, seed: 4 });
          const refused = await loadPolicy(new Uint8Array(3)).catch((error) => error.code);
          return { modes: [...policy.actBatch(observations, rows, { mask })], drawn: [...seeded], refused };
        })(${JSON.stringify({ c, rows: ROWS, observations: [...seen.observations], mask: [...seen.mask] })})`,
      )) as { modes: number[]; drawn: number[]; refused: string };
      expect(told.modes, made.name).toEqual([...trainedModes(made, seen)]);
      expect(told.drawn).toHaveLength(told.modes.length);
      expect(told.refused).toBe('POLICY_FILE_INVALID');
    }
  });
});
