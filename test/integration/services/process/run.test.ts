import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { projectFolder, runNode } from '../../../helpers/project.js';

const sample = fileURLToPath(new URL('sample-service.mjs', import.meta.url));
const NEVER_MS = '3600000';

type Line = Readonly<Record<string, unknown>> & { readonly msg: string; readonly level: string };

interface Service {
  readonly child: ChildProcess;
  /** Everything logged so far. */
  readonly lines: readonly Line[];
  /** Resolves with the line of this message; rejects when the process ends without it. */
  logged(message: string): Promise<Line>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly stderr: string }>;
}

const baseEnv = { PATH: process.env.PATH, REDIS_URL: 'redis://user:hunter2@redis.invalid' };

function start(mode: string, env: NodeJS.ProcessEnv = {}): Service {
  const child = spawn(process.execPath, [sample, '--mode', mode], {
    env: { ...baseEnv, SHUTDOWN_GRACE_MS: NEVER_MS, LOG_LEVEL: 'debug', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  let rest = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) lines.push(JSON.parse(part) as Line);
    for (const look of waiting) look();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr }));
  });
  const logged = (message: string) =>
    new Promise<Line>((resolve, reject) => {
      const look = (): void => {
        const line = lines.find(({ msg }) => msg === message);
        if (line !== undefined) resolve(line);
      };
      waiting.add(look);
      look();
      void ended.then(({ code }) => reject(new Error(`ended with ${code}, without "${message}": ${stderr}`)));
    });
  return { child, lines, logged, ended };
}

async function ask(service: Service, path: string): Promise<{ status: number; body: string }> {
  const { port } = await service.logged('probes and metrics are served');
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
}

const clean = { code: 0, signal: null, stderr: '' };
const failed = { code: 1, signal: null, stderr: '' };

describe('a service process', () => {
  it('says what it was started with, but no password', async () => {
    const service = start('works');
    const { version } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { version: string };
    expect(await service.logged('started')).toMatchObject({
      level: 'info',
      service: 'sample',
      pid: service.child.pid,
      version,
      settings: { REDIS_URL: 'redis://***@redis.invalid', SAMPLE_MODE: 'works', PROBE_PORT: 0 },
    });
    expect(JSON.stringify(service.lines)).not.toContain('hunter2');
  });

  it('serves probes and its metrics', async () => {
    const service = start('works');
    await service.logged('started');
    expect(await ask(service, '/livez')).toMatchObject({ status: 200 });
    expect(await ask(service, '/readyz')).toEqual({ status: 200, body: 'ready\n' });
    const { body } = await ask(service, '/metrics');
    expect(body).toContain('sample_mode_info{mode="works"} 1\n');
    expect(body).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    expect(body).toMatch(/^marlin_service_ready_ratio 1$/m);
    expect(body).toMatch(/^marlin_build_info\{service="sample",/m);
  });

  it('is not ready when its work stalls, and lives on', async () => {
    const service = start('stalls');
    await service.logged('started');
    expect(await ask(service, '/readyz')).toEqual({ status: 503, body: 'no task was done\n' });
    expect((await ask(service, '/metrics')).body).toMatch(/^marlin_service_ready_ratio 0$/m);
    expect(await ask(service, '/livez')).toMatchObject({ status: 200 });
  });

  it('is not ready while it starts', async () => {
    const service = start('never starts');
    await service.logged('starting slowly');
    expect(await ask(service, '/readyz')).toEqual({ status: 503, body: 'starting\n' });
  });

  it('serves nothing where PROBE_PORT is -1', async () => {
    const service = start('works', { PROBE_PORT: '-1' });
    await service.logged('started');
    expect(service.lines.map(({ msg }) => msg)).toEqual(['started']);
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(clean);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('stops in order on %s, with exit code 0', async (signal) => {
    const service = start('works', { SHUTDOWN_GRACE_MS: '20000' });
    await service.logged('started');
    service.child.kill(signal);
    expect(await service.ended).toEqual(clean);
    expect(service.lines.slice(-3)).toMatchObject([
      { msg: 'stopping', why: signal, graceMs: 20000 },
      { msg: 'the service stops', graceMs: 18000 },
      { msg: 'stopped' },
    ]);
  });

  it('is not ready while it stops, and lives on', async () => {
    const service = start('never stops');
    await service.logged('started');
    service.child.kill('SIGTERM');
    await service.logged('stopping');
    expect(await ask(service, '/readyz')).toEqual({ status: 503, body: 'stopping\n' });
    expect(await ask(service, '/livez')).toMatchObject({ status: 200 });
  });

  it('ends with 1 when stopping takes longer than the grace', async () => {
    const service = start('never stops', { SHUTDOWN_GRACE_MS: '150' });
    await service.logged('started');
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(failed);
    expect(service.lines.at(-1)).toMatchObject({
      level: 'error',
      msg: 'stopping took longer than SHUTDOWN_GRACE_MS; ending now',
    });
  });

  it('ends with 1 at the second signal', async () => {
    const service = start('never stops');
    await service.logged('started');
    service.child.kill('SIGTERM');
    await service.logged('stopping');
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(failed);
    expect(service.lines.at(-1)).toMatchObject({ signal: 'SIGTERM', msg: 'a second signal; ending now' });
  });

  it('ends with 0 when it is told to stop while it starts', async () => {
    const service = start('starts slowly');
    await service.logged('starting slowly');
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(clean);
    expect(service.lines.map(({ msg }) => msg)).not.toContain('started');
  });

  it('ends with 1 when a start that never ends outlasts the grace', async () => {
    const service = start('never starts', { SHUTDOWN_GRACE_MS: '150' });
    await service.logged('starting slowly');
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(failed);
  });

  it('ends with 0 when the service ends by itself', async () => {
    const service = start('ends');
    expect(await service.ended).toEqual(clean);
    expect(await service.logged('stopping')).toMatchObject({ why: 'the service ended' });
  });

  it.each([
    ['does not start', 'the service could not be started', 'no start'],
    ['fails', 'the service failed', 'failed'],
    ['throws', 'an error that nobody caught; ending now', 'thrown'],
    ['rejects', 'an error that nobody caught; ending now', 'rejected'],
  ])('that %s says why and ends with 1', async (mode, message, reason) => {
    const service = start(mode);
    expect(await service.ended).toEqual(failed);
    expect(service.lines.at(-1)).toMatchObject({
      level: 'error',
      msg: message,
      error: { message: reason, code: 'INTERNAL', stack: expect.stringContaining('sample-service.mjs') },
    });
  });

  it('that rejects with nothing ends with 1 all the same', async () => {
    expect(await start('rejects with nothing').ended).toEqual(failed);
  });

  it.each([
    ['stops badly', 'stopping failed; ending now', 'no stop'],
    ['throws while it stops', 'an error while stopping; ending now', 'thrown late'],
  ])('that %s says why and ends with 1', async (mode, message, reason) => {
    const service = start(mode);
    await service.logged('started');
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(failed);
    expect(service.lines.at(-1)).toMatchObject({ level: 'error', msg: message, error: { message: reason } });
  });

  it('says what was left open, which would have kept it alive', async () => {
    const service = start('leaves something open');
    await service.logged('started');
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(clean);
    expect(await service.logged('something was left open')).toMatchObject({ level: 'warn', left: ['TCPServerWrap'] });
  });

  it('leaves nothing open itself', async () => {
    const service = start('works');
    await service.logged('started');
    expect(await ask(service, '/livez')).toMatchObject({ status: 200 });
    service.child.kill('SIGTERM');
    expect(await service.ended).toEqual(clean);
    expect(service.lines.map(({ msg }) => msg)).not.toContain('something was left open');
  });

  it('tells wrong settings on standard error, all at once, and ends with 2', async () => {
    const { code, stdout, stderr } = await runNode(sample, ['--fast'], {
      env: { PROBE_PORT: 'many', LOG_LEVEL: 'loud' },
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error SETTINGS_INVALID: 4 settings are wrong:\n {2}--fast is no option/);
    for (const name of [
      'REDIS_URL is not set',
      'PROBE_PORT is "many"',
      'LOG_LEVEL is "loud"',
      'marlin sample --help',
    ]) {
      expect(stderr).toContain(name);
    }
  });

  it('explains itself and its settings', async () => {
    for (const option of ['--help', '-h']) {
      const { code, stdout, stderr } = await runNode(sample, [option], { env: {} });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^marlin sample: serves as an example\n\nSettings/);
      for (const name of ['REDIS_URL', 'SHUTDOWN_GRACE_MS', '--mode']) expect(stdout).toContain(name);
    }
  });

  it('tells its version', async () => {
    const { code, stdout } = await runNode(sample, ['--version'], { env: {} });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
