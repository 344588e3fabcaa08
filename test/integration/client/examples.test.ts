import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMemoryBroker } from '../../../src/broker/index.js';
import { listeningApi } from '../../helpers/api/listening.js';
import { startWorkers } from '../../helpers/api/workers.js';
import { projectFolder } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const EXAMPLES = [
  ['curl', 'sh', 'examples/api/curl.sh'],
  ['python', 'python3', 'examples/api/client.py'],
  ['typescript', process.execPath, 'dist/examples/api/client.js'],
] as const;

function run(program: string, path: string, env: Record<string, string>) {
  const child = spawn(program, [join(projectFolder, path)], {
    env: { ...process.env, MARLIN_API_KEY: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe.each(EXAMPLES)('the example in %s', (label, program, path) => {
  it('launches a job with a key, follows it, and shows what it learned', async () => {
    const broker = createMemoryBroker();
    const checkpointFolder = temporaryFolder();
    const { url, authorize, app } = await listeningApi({ checkpointFolder, keysRequired: true }, { broker });
    const { authorization } = await authorize('bob', 'launch');
    startWorkers(broker, checkpointFolder);
    const { code, stdout, stderr } = await run(program, path, {
      MARLIN_URL: url,
      MARLIN_API_KEY: authorization.replace('Bearer ', ''),
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [, id] = /^job (\S+)$/m.exec(stdout) ?? [];
    const shown = await app.inject({ url: `/v1/jobs/${id}`, headers: { authorization } });
    const { state, labels, progress } = shown.json();
    expect({ state, labels }).toEqual({ state: 'succeeded', labels: { from: label } });
    expect(stdout).toContain(progress.digest);
    expect(stdout.match(/^iteration/gm)).toHaveLength(5);
  });

  it('tells what the API refuses', async () => {
    const { url } = await listeningApi({ keysRequired: true });
    const { code, stdout, stderr } = await run(program, path, { MARLIN_URL: url });
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('API_KEY_REQUIRED');
  });
});
