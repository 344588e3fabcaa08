import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';

/** Debian's; another may be named. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

function findBrowser(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`there is no browser on the PATH: none of ${NAMES.join(', ')}`);
  return found;
}

export interface PageOptions extends BrowserContextOptions {
  /** Statuses of refusals that the test provokes: browsers tell them on their console. */
  readonly refusals?: readonly number[];
  /** Whether the test has the server go away: browsers tell that too. */
  readonly outage?: boolean;
}

/** Runs `look` with a page of its own, and then asserts that the page had no error, wrote none to the console, and asked no other
 *  server than `url` for anything. */
type UsePage = (url: string, look: (page: Page) => Promise<void>, options?: PageOptions) => Promise<void>;

/** A browser for all tests of a file. */
export function useBrowser(): UsePage {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findBrowser(), args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return async (url, look, { refusals = [], outage = false, ...options } = {}) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
    const { origin } = new URL(url);
    const errors: string[] = [];
    const elsewhere: string[] = [];
    const expected = refusals.map((status) => `responded with a status of ${status} `);
    if (outage) expected.push('net::ERR_');
    try {
      const page = await context.newPage();
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => {
        const told = message.type() === 'error' || message.type() === 'warning';
        const text = message.text();
        if (told && !expected.some((part) => text.includes(part))) errors.push(`${message.type()}: ${text}`);
      });
      page.on('request', (request) => {
        if (new URL(request.url()).origin !== origin) elsewhere.push(request.url());
      });
      await page.goto(url);
      await look(page);
    } finally {
      await context.close();
    }
    expect(errors).toEqual([]);
    expect(elsewhere).toEqual([]);
  };
}
