import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { testApi } from '../../helpers/api/server.js';
import * as told from '../../helpers/api/told.js';
import { submitJob } from '../../helpers/api/watched.js';

const get = async (events: Parameters<typeof told.tell>[2][]) => {
  const { app, broker } = await testApi();
  await submitJob(broker);
  for (const [term, told1] of events.entries()) await told.tell(broker, 'job', told1, term + 1);
  return app.inject({ url: '/v1/jobs/job/report' });
};

const chartsIn = (html: string): { title: string; x: number[] }[] =>
  JSON.parse(/<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(html)![1]!);

it('shows a job that has not begun', async () => {
  const response = await get([]);
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(response.body).toContain('unfinished');
});

it('shows what counts: every iteration once, and the end', async () => {
  const response = await get([
    [told.started(), told.evaluation(0), ...[1, 2, 3, 4].map((i) => told.iteration(i)), told.finished(4, 'cancelled')],
    [told.started(2), ...[3, 4, 5].map((i) => told.iteration(i)), told.finished(5)],
  ]);
  const reward = chartsIn(response.body).find(({ title }) => title === 'Training reward per step');
  expect(reward?.x).toEqual([1, 2, 3, 4, 5]);
  expect(response.body).toContain('class="state succeeded"');
});

it('shows a job that goes on as unfinished', async () => {
  const response = await get([[told.started(), told.iteration(1), told.finished(1, 'cancelled')], [told.started(1)]]);
  expect(response.body).toContain('class="state unfinished"');
});

it('allows the page its own scripts and nothing else', async () => {
  const { body, headers } = await get([]);
  const policy = String(headers['content-security-policy']);
  const scripts = [...body.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text!);
  expect(scripts).toHaveLength(2);
  for (const script of scripts) {
    expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  }
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain('sandbox allow-scripts');
  expect(/script-src [^;]*unsafe/.test(policy)).toBe(false);
});
