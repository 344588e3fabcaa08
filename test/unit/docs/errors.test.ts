import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ErrorRegistry } from '../../../src/base/index.js';
import { listFiles, projectFolder } from '../../helpers/project.js';

interface Entry {
  readonly room: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly meaning: string;
  readonly remedy: string;
}

async function readRegistries(): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const path of ['src', 'services', 'cli', 'client']
    .flatMap(listFiles)
    .filter((file) => file.endsWith('/errors.ts'))) {
    const room = path.replace(/^src\//, '').replace(/\/errors\.ts$/, '');
    const module: Record<string, unknown> = await import(pathToFileURL(join(projectFolder, path)).href);
    for (const name of Object.keys(module).filter((key) => key.endsWith('_ERRORS'))) {
      for (const [code, { meaning, remedy, retryable }] of Object.entries(module[name] as ErrorRegistry)) {
        entries.push({ room, code, retryable: retryable ?? false, meaning, remedy });
      }
    }
  }
  return entries;
}

function readPage(): Entry[] {
  const file = join(projectFolder, 'docs/errors.md');
  if (!existsSync(file)) return [];
  const entries: Entry[] = [];
  let room = '';
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    room = /^## (.+)$/.exec(line)?.[1] ?? room;
    const [, code, mark, meaning, remedy] = /^\| `([A-Z0-9_]+)`( ↻)? \| (.+) \| (.+) \|$/.exec(line) ?? [];
    if (code === undefined || meaning === undefined || remedy === undefined) continue;
    const plain = (cell: string) => cell.replaceAll('\\|', '|');
    entries.push({ room, code, retryable: mark !== undefined, meaning: plain(meaning), remedy: plain(remedy) });
  }
  return entries;
}

const sorted = (entries: readonly Entry[]) =>
  [...entries].sort((a, b) => (`${a.room} ${a.code}` < `${b.room} ${b.code}` ? -1 : 1));

describe('docs/errors.md', () => {
  let registered: Entry[] = [];

  beforeAll(async () => {
    registered = await readRegistries();
  });

  it('says what the code says: if not, run `npm run build && node scripts/write-errors-doc.mjs`', () => {
    expect(registered.length).toBeGreaterThan(10);
    expect(sorted(readPage())).toEqual(sorted(registered));
  });

  it('has each code once', () => {
    const codes = registered.map(({ code }) => code);
    expect(codes.filter((code, i) => codes.indexOf(code) !== i)).toEqual([]);
  });

  it('tells for every code what it means and what to do, in sentences', () => {
    const poor = registered.filter(
      ({ meaning, remedy }) => ![meaning, remedy].every((text) => /^[A-Z`].*[.?!]$/s.test(text)),
    );
    expect(poor).toEqual([]);
  });
});
