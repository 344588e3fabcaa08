import { describe, expect, it } from 'vitest';
import { listeningApi } from '../helpers/api/listening.js';
import { submitJob } from '../helpers/api/watched.js';
import { useBrowser } from '../helpers/browser/browser.js';
import { control, focused, widthOf } from '../helpers/browser/page.js';
import { resolve, smallJob } from '../helpers/training.js';

const usePage = useBrowser();
const named = (name: string): string => JSON.stringify({ ...resolve(smallJob), name });

describe('the list of jobs', () => {
  it('is filtered and sorted, and its address says how', async () => {
    const { url, broker } = await listeningApi();
    for (const [i, name] of ['alpha', 'beta', 'alphabet'].entries()) {
      await submitJob(broker, { jobId: `job-${i}`, spec: named(name), createdAt: 1000 + i });
    }
    await usePage(url, async (page) => {
      const names = () => page.locator('td.cell-name a').allTextContents();
      await page.getByRole('link', { name: 'alphabet' }).waitFor();
      expect(await names()).toEqual(['alphabet', 'beta', 'alpha']);
      await page.getByRole('button', { name: 'Job', exact: true }).click();
      await page.waitForURL('**/dashboard/?sort=-name');
      await page.locator('tr:nth-child(1) td.cell-name').getByText('beta').waitFor();
      await control(page, 'Name').fill('ALPHA');
      await page.waitForURL('**/dashboard/?name=ALPHA&sort=-name');
      await page.getByRole('link', { name: 'beta' }).waitFor({ state: 'detached' });
      expect(await names()).toEqual(['alphabet', 'alpha']);
      await page.getByRole('button', { name: 'failed' }).click();
      await page.getByText('No job fits.').waitFor();
      await page.reload();
      await page.getByText('No job fits.').waitFor();
      expect(await control(page, 'Name').inputValue()).toBe('ALPHA');
      await page.getByRole('button', { name: 'Show all' }).click();
      await page.getByRole('link', { name: 'beta' }).waitFor();
      for (const name of ['alpha', 'beta']) await control(page, `Compare ${name}`).check();
      await page.getByRole('button', { name: 'Compare 2' }).click();
      await page.waitForURL('**/dashboard/compare?jobs=job-0,job-1');
    });
  });
});

describe('the key', () => {
  it('is asked for, tried, kept in memory only, and asked for again', async () => {
    const { url, authorize } = await listeningApi({ keysRequired: true });
    const [, key = ''] = (await authorize('ada', 'read')).authorization.split(' ');
    await usePage(
      url,
      async (page) => {
        const dialog = page.getByRole('dialog', { name: 'API key' });
        await dialog.waitFor();
        await page.keyboard.type(key.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')));
        await page.keyboard.press('Enter');
        await dialog.getByText('The server refused it').waitFor();
        await control(page, 'Key').first().fill(key);
        await page.keyboard.press('Enter');
        await dialog.waitFor({ state: 'detached' });
        await page.getByText('No jobs yet').waitFor();
        await page.getByText('read only').waitFor();
        await page.getByRole('link', { name: 'Launch', exact: true }).click();
        await page.getByText('This key may read, and nothing else.').waitFor();
        expect(await page.getByRole('button', { name: 'Launch' }).isDisabled()).toBe(true);
        const stored: string = await page.evaluate(
          'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state])',
        );
        expect(stored).not.toContain(key.slice(-10));
        await page.reload();
        await dialog.waitFor();
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
        await page.getByText('API_KEY_REQUIRED').first().waitFor();
      },
      { refusals: [401, 403] },
    );
  });
});

describe('on a phone', () => {
  const pages = ['/', '/launch?preset=enter-offer', '/fleet', '/environments', '/environments/double-auction-v1'];

  it('no page is wider than the screen', async () => {
    const { url, broker } = await listeningApi();
    await submitJob(broker, {
      spec: named('a-name.that-goes-on-and-on-and-on-and-on-and-on-without-any-space'.slice(0, 64)),
    });
    const seen: Record<string, number> = {};
    await usePage(
      `${url}/dashboard/`,
      async (page) => {
        for (const path of pages) {
          await page.goto(`${url}/dashboard${path}`);
          await page.locator('main .panel').first().waitFor();
          await page.waitForLoadState('networkidle');
          seen[path] = await widthOf(page);
        }
      },
      { viewport: { width: 375, height: 700 } },
    );
    expect(seen).toEqual(Object.fromEntries(pages.map((path) => [path, 375])));
  });
});

describe('the page', () => {
  it('keeps the colors that were chosen, and follows the system otherwise', async () => {
    const { url } = await listeningApi();
    await usePage(
      url,
      async (page) => {
        const theme = () => page.evaluate('document.documentElement.dataset.theme');
        await page.getByText('No jobs yet').waitFor();
        expect(await theme()).toBe('dark');
        await page.getByRole('button', { name: 'Colors' }).click();
        expect(await theme()).toBe('light');
        await page.reload();
        await page.getByText('No jobs yet').waitFor();
        expect(await theme()).toBe('light');
      },
      { colorScheme: 'dark' },
    );
  });

  it('shows the fleet and the environments, says what is not there, and gives the focus back', async () => {
    const { url } = await listeningApi();
    await usePage(
      `${url}/dashboard/fleet`,
      async (page) => {
        await page.getByText('No actor lives').waitFor();
        await page.getByRole('link', { name: 'Environments' }).click();
        await page.getByRole('link', { name: 'enter-offer-v1', exact: true }).click();
        await page.getByText('1 yes-or-no decision, paid by enter').waitFor();
        await page.getByRole('cell', { name: 'entryCost' }).waitFor();
        await page.getByRole('link', { name: 'Launch with this' }).click();
        await control(page, 'entryCost').waitFor();
        await page.goto(`${url}/dashboard/environments/enter-offer-v2`);
        await page.getByText('ENV_UNKNOWN').waitFor();
        await page.goto(`${url}/dashboard/nowhere/at/all`);
        await page.getByText('There is no page at /nowhere/at/all.').waitFor();
        const key = page.getByRole('button', { name: 'Key' });
        await key.click();
        await page.getByRole('dialog').waitFor();
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        expect(await focused(page)).toBe('Key');
      },
      { refusals: [404] },
    );
  });
});
