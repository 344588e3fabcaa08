import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFolder, runNode } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const main = join(projectFolder, 'dist/cli/main.js');
/** Of a build that `tsc` alone wrote last, every file is one of its own. */
const bundled = existsSync(main) && readFileSync(main, 'utf8').includes('/chunks/');

/** The scripts that training loads, thread by thread, without Node's own. */
async function loadedByTraining(): Promise<string[][]> {
  const folder = temporaryFolder();
  const coverage = join(folder, 'coverage');
  const args = ['train', join(projectFolder, 'examples/median.json'), '--iterations', '1', '--actors', '1'];
  const { code, stderr } = await runNode(main, [...args, '--learners', '1', '--quiet', '--out', folder], {
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
  });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  return readdirSync(coverage).map((file) => {
    const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
  });
}

it('loads for training in one process no HTTP server, no Redis client, no wire format and no TensorFlow', async () => {
  const threads = await loadedByTraining();
  // The main thread, one that collects and one that updates.
  expect(threads.length).toBe(3);
  for (const scripts of threads) {
    expect(scripts.some((url) => /\/dist\/(cli\/main|src\/training\/worker)\.js$/.test(url))).toBe(true);
    const heavy = scripts.filter((url) =>
      /node_modules\/(fastify|@fastify|bullmq|ioredis|protobufjs|pino|@tensorflow)\//.test(url),
    );
    expect(heavy).toEqual([]);
    if (bundled) expect(scripts.length, scripts.join('\n')).toBeLessThan(80);
  }
});
