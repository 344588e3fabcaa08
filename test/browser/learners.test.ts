import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { encodeHeartbeat } from '../../src/wire/index.js';
import { listeningApi } from '../helpers/api/listening.js';
import { useBrowser } from '../helpers/browser/browser.js';
import { resolve } from '../helpers/training.js';

const usePage = useBrowser();

/** A job of three parts, two learners, and one of the two parts that others may have taken. */
async function shared() {
  const api = await listeningApi();
  const { broker } = api;
  const { parts } = broker;
  const spec = JSON.stringify(resolve({ env: { id: 'median-v1' }, learners: 3 }));
  await broker.jobs.submit({ jobId: 'job', state: 'running', spec, createdAt: 1, updatedAt: 1 });
  for (const learner of ['lead', 'other']) {
    const counts = { pid: 7, slots: 1, tasksDone: 5, agentSteps: 50, since: 1, partSlots: 1 };
    const heartbeat = encodeHeartbeat({ actorId: learner, host: 'h', ...counts, jobIds: ['job'] });
    await broker.learners.beat({ actorId: learner, heartbeat }, 60_000);
  }
  const epoch = await broker.trajectories.open('job', [{ k: 0, state: null }], 2);
  await parts.offer('job', epoch, [1, 2], 'lead');
  const take = async (learner: string) => {
    const claim = await parts.claim(learner, 60_000, AbortSignal.timeout(5000));
    await parts.send(claim, 'leader', { sequence: 1, message: new Uint8Array(1) });
    return claim;
  };
  return { ...api, epoch, take, claim: await take('other') };
}

const panel = (page: Page, title: string) =>
  page.locator('section', { has: page.getByRole('heading', { name: title }) });
/** Cells of a table's rows, as they are read. */
const cells = async (page: Page, label: string): Promise<string[][]> =>
  await page
    .getByRole('table', { name: label })
    .locator('tbody tr')
    .evaluateAll((rows) =>
      rows.map((row) => [...row.querySelectorAll('td, th')].map(({ textContent }) => textContent!)),
    );

it('the page of a job shows who updates which policies, and says which parts wait and what to do', async () => {
  const { url, broker, epoch, take, claim } = await shared();
  await usePage(`${url}/dashboard/jobs/job`, async (page) => {
    await page.getByRole('heading', { name: 'Learners: 2 of 3', exact: true }).waitFor();
    expect(await panel(page, 'Learners: 2 of 3').getByRole('status').innerText()).toBe(
      'One part waits for a learner of its own; the one that leads the job updates it until then. ' +
        'Start more with marlin learner: those whose slots all have jobs take no parts.',
    );
    const ago = expect.stringMatching(/^\d+\.\d s ago$/);
    const rows = [
      ['0, leads', 'agent-0', 'held', 'lead', ago],
      [String(claim.part), `agent-${claim.part}`, 'held', 'other', ago],
      [String(3 - claim.part), `agent-${3 - claim.part}`, 'waiting', '–', '–'],
    ];
    expect(await cells(page, 'Learners')).toEqual(rows.sort(([a], [b]) => a.localeCompare(b)));

    await broker.parts.renew(claim, 1);
    await page.getByText('2 parts wait for a learner of their own; the one that leads the job updates them').waitFor();
    await page.getByRole('heading', { name: 'Learners: 1 of 3', exact: true }).waitFor();
    expect((await cells(page, 'Learners'))[claim.part]!.slice(2, 4)).toEqual(['lost', 'other']);

    await broker.parts.offer('job', epoch, [1, 2], 'lead');
    await take('a');
    await take('b');
    await page.getByRole('heading', { name: 'Learners: 3 of 3', exact: true }).waitFor();
    expect(await panel(page, 'Learners: 3 of 3').getByRole('status').count()).toBe(0);
  });
});

it('the page of the fleet shows what learners work on, how many more there could be, and whose parts wait', async () => {
  const { url, claim, take } = await shared();
  await usePage(`${url}/dashboard/fleet`, async (page) => {
    await page.getByRole('heading', { name: 'Jobs whose parts wait for a learner' }).waitFor();
    expect(await cells(page, 'Waiting parts')).toEqual([['job', '1 of 2']]);
    const on = (await cells(page, 'Learners')).map(([id, , works]) => [id, works]);
    expect(on).toEqual([
      ['lead', 'job'],
      ['other', `part ${claim.part} of job`],
    ]);
    const tile = page
      .getByRole('region', { name: 'Learners', exact: true })
      .or(page.locator('.tile[aria-label="Learners"]'));
    expect(await tile.first().innerText()).toMatch(/2\s+2 slots · 3 could be busy/);
    await take('third');
    await page.getByRole('heading', { name: 'Jobs whose parts wait for a learner' }).waitFor({ state: 'detached' });
  });
});
