import type { Locator, Page } from 'playwright-core';

/** The control of exactly this label. */
export const control = (page: Page, label: string): Locator => page.getByLabel(label, { exact: true });

/** Presses Tab until the focus is where it is wanted; throws when it never gets there. */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  const MOST = 200;
  const focusedOnes = wanted.and(page.locator(':focus'));
  for (let i = 0; i < MOST; i++) {
    await page.keyboard.press('Tab');
    if ((await focusedOnes.count()) === 1) return;
  }
  throw new Error(`after ${MOST} times Tab the focus never was at ${wanted}`);
}

/** How wide what the page shows is, in CSS pixels. */
export const widthOf = (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth');

/** What has the focus, as text. */
export const focused = (page: Page): Promise<string> => page.evaluate('document.activeElement?.textContent ?? ""');
