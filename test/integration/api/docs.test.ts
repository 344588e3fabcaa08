import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Service } from '../../helpers/fleet/service.js';
import { projectFolder } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

it.each([
  ['docs/api.md', 5],
  ['docs/serving.md', 2],
])('%s shows requests that work, one after the other', async (path, more) => {
  const page = readFileSync(join(projectFolder, path), 'utf8');
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!);
  expect(blocks.length).toBeGreaterThan(more);
  const folder = temporaryFolder();
  const env = {
    API_PORT: '0',
    ACTOR_SLOTS: '1',
    LEARNER_THREADS: '1',
    CHECKPOINT_DIR: folder,
    API_KEYS_FILE: join(folder, 'keys'),
  };
  const service = new Service('serve', env);
  const url = (await service.logged('the API is served')).url as string;
  const script = blocks.join('\n').replaceAll('http://localhost:7373', url);
  const shell = spawn('bash', ['-eo', 'pipefail', '-c', script], {
    cwd: temporaryFolder(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const [code] = await once(shell, 'close');
  expect({ code, told }).toEqual({ code: 0, told: '' });
});
