import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { createClient, type JobSpecInput } from '../../client/index.js';
import { listeningApi } from '../helpers/api/listening.js';
import { testApi } from '../helpers/api/server.js';
import * as told from '../helpers/api/told.js';
import { submitJob } from '../helpers/api/watched.js';
import { startWorkers } from '../helpers/api/workers.js';
import { useBrowser } from '../helpers/browser/browser.js';
import { control, widthOf } from '../helpers/browser/page.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';
import { resolve, smallJob } from '../helpers/training.js';

const usePage = useBrowser();

/** A job that goes on until somebody ends it. */
const ENDLESS: JobSpecInput = {
  name: 'endless',
  env: { id: 'median-v1', options: { steps: 20 } },
  policies: { '*': { network: { hidden: [] } } },
  rollout: { shards: 2, envsPerShard: 4, horizon: 20 },
  evaluation: { every: 50, episodes: 4 },
  checkpoint: { every: 25 },
  stop: { iterations: 1_000_000 },
};

async function training(spec = ENDLESS) {
  const checkpointFolder = temporaryFolder();
  const api = await listeningApi({ checkpointFolder });
  startWorkers(api.broker, checkpointFolder);
  const client = createClient({ url: api.url });
  const job = await client.launchJob({ spec });
  return { ...api, checkpointFolder, client, job, at: `${api.url}/dashboard/jobs/${job.id}` };
}

const chart = (page: Page, title: string) => page.locator('figure.chart', { hasText: title });
const badge = (page: Page, state: string) => page.locator('h1 .badge', { hasText: state });
/** Points that a chart shows. */
const pointsOf = async (page: Page, title: string): Promise<number> =>
  Number(await chart(page, title).locator('[data-points]').getAttribute('data-points'));
const iterationsOf = async (page: Page): Promise<number> =>
  Number(
    (await page.locator('.stat', { hasText: 'Iterations' }).locator('dd').innerText())
      .split('\n')[0]!
      .replace(/\D/g, ''),
  );

/** Resolves once the number is greater than it was. */
async function grows(read: () => Promise<number>, from = 0): Promise<void> {
  await expect.poll(read, { timeout: 20_000, interval: 100 }).toBeGreaterThan(from);
}

describe('the page of a job', () => {
  it('shows it learn, steers it, and forks from it', async () => {
    const { at, url, job, client } = await training();
    await usePage(
      at,
      async (page) => {
        await page.getByRole('status').getByText('Live').waitFor();
        await grows(() => pointsOf(page, 'Entropy'));
        await grows(() => pointsOf(page, 'Entropy'), await pointsOf(page, 'Entropy'));
        await grows(() => iterationsOf(page), await iterationsOf(page));

        await page.getByRole('radio', { name: 'Iterations' }).check({ force: true });
        await chart(page, 'Return').locator('canvas').waitFor();
        await control(page, 'Smoothing').fill('0.5');
        const legend = chart(page, 'Return').getByRole('button', { name: /^agent-1/ });
        await legend.click();
        expect(
          await chart(page, 'Entropy')
            .getByRole('button', { name: /^agent-1/ })
            .getAttribute('aria-pressed'),
        ).toBe('false');

        await page.getByRole('button', { name: 'Pause', exact: true }).first().click();
        await badge(page, 'paused').waitFor();
        await page.getByText('asked for while it was running').waitFor();
        await page.locator('.turn.stopped').first().waitFor();
        await page.getByRole('button', { name: 'Resume' }).click();
        await badge(page, 'running').waitFor();
        await grows(() => iterationsOf(page), await iterationsOf(page));

        await page.getByRole('button', { name: 'Edit…' }).click();
        await control(page, 'Name').fill('renamed');
        const { id, revision } = await client.getJob(job.id);
        await client.editJob({ id, revision }, { labels: { from: 'elsewhere' } });
        await page.getByRole('button', { name: 'Save', exact: true }).click();
        await page.getByRole('dialog').getByRole('insertion').getByText('from=elsewhere').waitFor();
        await page.getByRole('button', { name: 'Save again' }).click();
        await page.getByRole('heading', { name: /renamed/ }).waitFor();
        expect(await client.getJob(id)).toMatchObject({ name: 'renamed', labels: { from: 'elsewhere' } });

        await page.getByRole('button', { name: 'Cancel…' }).click();
        await page.getByRole('button', { name: 'Let it go on' }).waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await page.getByRole('button', { name: 'Cancel…' }).click();
        await page.getByRole('button', { name: 'Cancel the job' }).click();
        await badge(page, 'cancelled').waitFor();
        await page.locator('.turn.stopped').nth(1).waitFor();

        // Of that of the pause and that of the end, and of others, not the newest: that would be forked from by itself.
        const kept = (await client.listCheckpoints(id)).map(({ iteration }) => iteration).sort((a, b) => a - b);
        const from = kept.at(-2)!;
        await page.getByRole('button', { name: `Fork from iteration ${from}`, exact: true }).click();
        const dialog = page.getByRole('dialog');
        await control(page, 'Learning rate').fill('much');
        await dialog.getByText(/but must be a number/).waitFor();
        await control(page, 'Learning rate').fill('0.002');
        await control(page, 'Any other change').fill('{ "algorithm": { "options": { "epochs": 2 } } }');
        await dialog.getByText('The spec is valid').waitFor();
        await dialog.getByRole('button', { name: 'Fork' }).click();
        await page.getByRole('heading', { name: /renamed-fork/ }).waitFor();
        const forked = page.url().split('/').at(-1)!;
        expect(await client.getJob(forked)).toMatchObject({
          forkedFrom: { jobId: id, iteration: from },
          spec: { algorithm: { options: { learningRate: 0.002, epochs: 2 } } },
        });
        await client.cancelJob(forked);
        await badge(page, 'cancelled').waitFor();

        await page.getByRole('link', { name: id }).click();
        await page.getByRole('button', { name: 'Delete…' }).click();
        await page.getByRole('button', { name: 'Delete the job' }).click();
        await page.waitForURL(`${url}/dashboard/`);
        await expect(client.getJob(id)).rejects.toMatchObject({ code: 'API_JOB_UNKNOWN' });
      },
      { refusals: [404, 412, 422] },
    );
  });

  it('goes on by itself after the server was away', async () => {
    const { at, app, broker, checkpointFolder } = await training();
    const { port } = app.server.address() as AddressInfo;
    await usePage(
      at,
      async (page) => {
        await grows(() => iterationsOf(page));
        await app.close();
        await page.getByText('Reconnecting…').waitFor();
        const before = await iterationsOf(page);
        const again = await testApi({ checkpointFolder }, { broker });
        await again.app.listen({ host: '127.0.0.1', port });
        await page.getByRole('status').getByText('Live').waitFor();
        await grows(() => iterationsOf(page), before);
      },
      { outage: true },
    );
  });

  it('stays small however long the job', async () => {
    const { url, broker } = await listeningApi();
    const jobId = await submitJob(broker);
    await told.tell(broker, jobId, [told.started(), ...Array.from({ length: 3000 }, (_, i) => told.iteration(i + 1))]);
    await usePage(`${url}/dashboard/jobs/${jobId}`, async (page) => {
      await page.getByRole('status').getByText('Live').waitFor();
      await told.tell(
        broker,
        jobId,
        Array.from({ length: 2000 }, (_, i) => told.iteration(3001 + i)),
      );
      await expect.poll(() => iterationsOf(page)).toBe(5000);
      expect(await pointsOf(page, 'Policy lag')).toBeLessThanOrEqual(1200);
      const newest = () => chart(page, 'Policy loss').getByRole('img').getAttribute('aria-label');
      await expect.poll(newest).toMatch(/left 2\.00e−4/);
    });
  });

  it('shows why one failed, and is no wider than a phone', async () => {
    const { url, broker } = await listeningApi();
    const failure = { code: 'ENV_STEP_FAILED', message: 'the environment broke', retryable: false, data: { step: 7 } };
    const jobId = await submitJob(broker, { state: 'failed', failure: JSON.stringify(failure) });
    await told.tell(broker, jobId, [told.started(), told.evaluation(0), told.iteration(1), told.failed('it broke')]);
    await usePage(
      `${url}/dashboard/jobs/${jobId}`,
      async (page) => {
        await page.getByText('the environment broke').waitFor();
        await page.getByText('Mean return of 4 episodes').waitFor();
        expect(await widthOf(page)).toBe(375);
      },
      { viewport: { width: 375, height: 700 } },
    );
  });
});

describe('the viewer', () => {
  it('plays the game of an evaluation, by buttons and by keys', async () => {
    const { at, client, job } = await training({ ...ENDLESS, stop: { iterations: 50 } });
    for await (const event of client.events(job.id)) if (event.type === 'end') break;
    await usePage(at, async (page) => {
      const place = page.locator('.player .place');
      await place.getByText('step 20 / 20').waitFor();
      await page.getByRole('button', { name: 'Previous step' }).click();
      await place.getByText('step 19 / 20').waitFor();
      await page.keyboard.press('Home');
      await place.getByText('step 1 / 20').waitFor();
      await page.keyboard.press('ArrowRight');
      await place.getByText('step 2 / 20').waitFor();
      await control(page, 'Speed').selectOption('30');
      await page.getByRole('button', { name: 'Play' }).click();
      await place.getByText('step 20 / 20').waitFor();
      const now = () => page.locator('.scene svg').getAttribute('aria-label');
      const newest = await now();
      await control(page, 'Evaluation').selectOption('0');
      await expect.poll(now).not.toBe(newest);
    });
  });
});

describe('the comparison', () => {
  it('has a line for each job, and where their specs differ', async () => {
    const { url, broker } = await listeningApi();
    for (const [i, learningRate] of [0.01, 0.02].entries()) {
      const spec = JSON.stringify({
        ...resolve({ ...smallJob, algorithm: { options: { learningRate } } }),
        name: `rate-${learningRate}`,
      });
      await submitJob(broker, { jobId: `job-${i}`, spec });
      await told.tell(broker, `job-${i}`, [
        told.started(),
        ...Array.from({ length: 5 }, (_, k) => told.iteration(k + 1)),
      ]);
    }
    await usePage(`${url}/dashboard/compare?jobs=job-0,job-1`, async (page) => {
      await chart(page, 'Return').getByText('rate-0.01').waitFor();
      await chart(page, 'Return').getByText('rate-0.02').waitFor();
      expect(await page.locator('.compare-table .paths tr').allInnerTexts()).toEqual([
        expect.stringMatching(/^algorithm\.options\.learningRate\s+0\.01\s+0\.02$/),
      ]);
      const mean = await pointsOf(page, 'Return');
      await page.getByLabel('each agent, not their mean').check();
      await expect.poll(() => pointsOf(page, 'Return')).not.toBe(mean);
      await page.getByRole('button', { name: 'Leave out rate-0.02' }).click();
      await page.waitForURL('**/compare?jobs=job-0');
    });
  });
});
