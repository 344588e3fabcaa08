import { describe, expect, it } from 'vitest';
import { createClient } from '../../client/index.js';
import { listeningApi } from '../helpers/api/listening.js';
import { startWorkers } from '../helpers/api/workers.js';
import { useBrowser } from '../helpers/browser/browser.js';
import { control, focused, tabTo } from '../helpers/browser/page.js';
import { temporaryFolder } from '../helpers/temporary-folder.js';

const usePage = useBrowser();

describe('launching from the dashboard', () => {
  it('makes one job of a preset, however often the button is pressed, and lists it with its curve', async () => {
    const checkpointFolder = temporaryFolder();
    const { url, broker } = await listeningApi({ checkpointFolder });
    startWorkers(broker, checkpointFolder);
    await usePage(url, async (page) => {
      expect(new URL(page.url()).pathname).toBe('/dashboard/');
      await page.getByText('No jobs yet').waitFor();
      await page.getByRole('link', { name: 'Launch a job' }).first().click();
      await control(page, 'Begin with').selectOption({ label: 'median (median-v1)' });
      await control(page, 'iterations').fill('12');
      await control(page, 'envsPerShard').fill('4');
      await control(page, 'labels').fill('team=markets');
      // 4 shards of 4 instances and 100 steps: the form, not the preset, is what was asked about.
      await page.getByText('1,600 env · 4,800 agent').waitFor();
      // Faster than the button can be disabled.
      await page.getByRole('button', { name: 'Launch' }).waitFor();
      await page.evaluate("for (let i = 0; i < 3; i++) document.querySelector('form.launch').requestSubmit()");
      await page.waitForURL('**/dashboard/jobs/*');
      await page.getByRole('link', { name: 'Jobs', exact: true }).click();
      const row = page.getByRole('row').filter({ hasText: 'median' });
      await row.getByText('team=markets').waitFor();
      await row.getByText('succeeded').waitFor();
      await row.locator('svg.sparkline path').waitFor();
      await row.getByRole('cell', { name: '12', exact: true }).waitFor();
    });
    const { jobs } = await createClient({ url }).listJobs();
    expect(jobs.map(({ name, labels }) => ({ name, labels }))).toEqual([
      { name: 'median', labels: { team: 'markets' } },
    ]);
  });

  it('shows faults at their fields, in the form and as JSON, which are one spec', async () => {
    const { url } = await listeningApi();
    await usePage(
      `${url}/dashboard/launch?env=median-v1`,
      async (page) => {
        await control(page, 'agents').fill('1');
        await page.getByText('must be a whole number from 2 to 10000').waitFor();
        expect(await control(page, 'agents').getAttribute('aria-invalid')).toBe('true');
        expect(await control(page, 'steps').getAttribute('aria-invalid')).toBeNull();
        await page.getByRole('radio', { name: 'As JSON' }).click();
        const text = control(page, 'Spec');
        expect(JSON.parse(await text.inputValue())).toEqual({ env: { id: 'median-v1', options: { agents: 1 } } });
        await text.fill('{ "env": { "id": "median-v1", "options": { "agents": 5 } }, "seed"');
        await page.getByText('The text is no JSON').waitFor();
        expect(await page.getByRole('button', { name: 'Launch' }).isDisabled()).toBe(true);
        await text.fill('{ "env": { "id": "median-v1", "options": { "agents": 5 } }, "seed": 7 }');
        await page.getByText('The spec is valid.').waitFor();
        expect(await page.getByText('Replay', { exact: true }).count()).toBe(0);
        // Two observations of 3 numbers, an action, a reward and a discount, 100 000 times.
        await text.fill('{ "env": { "id": "pendulum-v1" }, "algorithm": { "id": "sac" } }');
        await page.getByText('Replay', { exact: true }).waitFor();
        await page.getByText('3.6 MB', { exact: true }).waitFor();
        await text.fill('{ "env": { "id": "median-v1", "options": { "agents": 5 } }, "seed": 7 }');
        await page.getByText('Replay', { exact: true }).waitFor({ state: 'detached' });
        await page.getByRole('radio', { name: 'Form' }).click();
        expect(await control(page, 'agents').inputValue()).toBe('5');
        expect(await control(page, 'seed').inputValue()).toBe('7');
        // Options of another environment are other ones.
        await control(page, 'id').first().selectOption('enter-offer-v1');
        await control(page, 'entryCost').waitFor();
        await page.getByText('The spec is valid.').waitFor();
      },
      { refusals: [422] },
    );
  });

  it('takes a mouse nowhere', async () => {
    const { url, context } = await listeningApi();
    await usePage(url, async (page) => {
      await page.getByText('No jobs yet').waitFor();
      await page.keyboard.press('Tab');
      expect(await focused(page)).toBe('Skip to the content');
      await tabTo(page, page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Launch' }));
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Launch a job' }).waitFor();
      expect(await focused(page)).toBe('Launch a job');
      await control(page, 'name').waitFor();
      await tabTo(page, page.getByRole('radio', { name: 'Form' }));
      await page.keyboard.press('ArrowRight');
      await control(page, 'Spec').waitFor();
      await page.keyboard.press('ArrowLeft');
      await tabTo(page, control(page, 'name'));
      await page.keyboard.press('Control+A');
      await page.keyboard.type('by-keyboard');
      await page.getByText('The spec is valid.').waitFor({ state: 'attached' });
      await tabTo(page, page.getByRole('button', { name: 'Launch' }));
      await page.keyboard.press('Enter');
      await page.waitForURL('**/dashboard/jobs/*');
    });
    const [job] = await context.jobIndex.sortedBy('createdAt');
    expect(job?.name).toBe('by-keyboard');
  });
});
