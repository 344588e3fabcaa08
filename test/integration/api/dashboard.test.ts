import { gunzipSync } from 'node:zlib';
import fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ApiServer } from '../../../services/api/route.js';
import { dashboardRoutesFrom } from '../../../services/api/routes/dashboard.js';
import { testApi } from '../../helpers/api/server.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

describe('the files of the dashboard', () => {
  it('are public: the page for every address under it, and assets that never change', async () => {
    const { app } = await testApi({ keysRequired: true });
    for (const path of ['/', '/dashboard']) {
      const { statusCode, headers } = await app.inject(path);
      expect([statusCode, headers.location]).toEqual([302, '/dashboard/']);
    }
    const { body } = await app.inject('/dashboard/');
    for (const path of [
      '/dashboard/',
      '/dashboard/jobs/a',
      '/dashboard/compare?jobs=a,b',
      '/dashboard/..%2f..%2fpackage.json',
    ]) {
      const answer = await app.inject(path);
      expect([path, answer.statusCode, answer.body === body]).toEqual([path, 200, true]);
      expect(answer.headers['cache-control']).toBe('no-cache');
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
      expect(answer.headers['content-security-policy']).toContain("script-src 'self'");
    }
    const assets = [...body.matchAll(/(?:src|href)="(\/dashboard\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.length).toBeGreaterThan(1);
    for (const path of assets) {
      const { statusCode, headers } = await app.inject(path);
      expect([path, statusCode, headers['cache-control']]).toEqual([path, 200, 'public, max-age=31536000, immutable']);
    }
    const script = assets.find((path) => path.endsWith('.js'))!;
    const whole = await app.inject(script);
    const small = await app.inject({ url: script, headers: { 'accept-encoding': 'gzip, br' } });
    expect([small.headers['content-encoding'], small.headers['cache-control'], small.headers['content-type']]).toEqual([
      'gzip',
      whole.headers['cache-control'],
      whole.headers['content-type'],
    ]);
    expect(gunzipSync(small.rawPayload).equals(whole.rawPayload)).toBe(true);
    // Everything comes from the server itself, and nothing is inline.
    expect(body).not.toMatch(/https?:|<script(?![^>]* src=)|<style/);
  });

  it('of an older build are gone: a problem, which is not kept', async () => {
    const { app } = await testApi();
    const answer = await app.inject('/dashboard/assets/gone-abc.js');
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'API_ROUTE_UNKNOWN' });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('are missing where they were not built, which the answer says', async () => {
    const app = fastify() as unknown as ApiServer;
    onTestFinished(() => app.close());
    const errors: unknown[] = [];
    app.setErrorHandler((error, _request, reply) => {
      errors.push(error);
      return reply.code(404).send();
    });
    dashboardRoutesFrom(temporaryFolder())(app, undefined as never);
    await app.inject('/dashboard/');
    expect(errors).toMatchObject([{ code: 'API_ROUTE_UNKNOWN', message: expect.stringContaining('was not built') }]);
  });
});
