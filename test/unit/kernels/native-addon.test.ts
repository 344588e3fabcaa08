import { copyFileSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { MarlinError } from '../../../src/base/index.js';
import { loadAddon } from '../../../src/kernels/native/addon.js';
import { projectFolder } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const BUILT = join(projectFolder, 'dist', 'kernels', 'native');
const SYSTEM = `${process.platform}-${process.arch}`;
const ADDON = `${SYSTEM}.node`;
const record = JSON.parse(readFileSync(join(BUILT, 'built.json'), 'utf8')) as {
  sources: string;
  bytes: Record<string, number>;
};

/** A folder with the addon that was built, and a record of it. */
function addonFolder(written: object | undefined): string {
  const folder = temporaryFolder(written === undefined ? {} : { 'built.json': JSON.stringify(written) });
  copyFileSync(join(BUILT, ADDON), join(folder, ADDON));
  return folder;
}

/** Why the addon of a folder is not loaded. */
function refusal(folder: string): string {
  try {
    loadAddon(folder);
  } catch (error) {
    expect(error).toMatchObject({ code: 'KERNEL_NATIVE_MISSING', data: { path: join(folder, ADDON) } });
    const { message } = (error as MarlinError).cause as Error;
    expect((error as MarlinError).message).toContain(message.split('\n')[0]);
    return message;
  }
  return 'loaded';
}

describe('the native addon', () => {
  test('is loaded where it is what was built', () => {
    expect(refusal(addonFolder(record))).toBe('loaded');
  });

  test('is not loaded cut short, which would end the process', () => {
    const folder = addonFolder(record);
    const bytes = record.bytes[SYSTEM]!;
    truncateSync(join(folder, ADDON), bytes - 200_000);
    expect(refusal(folder)).toBe(`the file has ${bytes - 200_000} bytes of the ${bytes} that were built`);
  });

  test('is not used where it was built of other sources, whose functions may take other arguments', () => {
    const folder = addonFolder({ ...record, sources: '0'.repeat(64) });
    expect(refusal(folder)).toBe('it was built of other sources than this version of Marlin');
  });

  test.each([
    ['no record of a build', undefined, /^ENOENT.*built\.json/],
    ['a record of other systems', { ...record, bytes: { 'beos-m68k': 1 } }, /^it was not built for /],
    ['a record that is none', {}, /undefined/],
  ])('is not loaded beside %s', (_, written, why) => {
    expect(refusal(addonFolder(written))).toMatch(why);
  });

  test('is not loaded where the file is no addon of this system', () => {
    const text = 'not an addon';
    const folder = temporaryFolder({
      'built.json': JSON.stringify({ ...record, bytes: { [SYSTEM]: text.length } }),
      [ADDON]: text,
    });
    expect(refusal(folder)).toMatch(/invalid ELF header|file too short|slice is not valid|not a valid/i);
  });
});
