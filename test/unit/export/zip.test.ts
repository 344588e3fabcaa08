import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { zipFiles } from '../../../src/export/index.js';
import { readZip } from '../../helpers/export/zip.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const FILES = [
  { path: 'level ü/model.json', bytes: text('{"a":1}') },
  { path: 'empty', bytes: new Uint8Array(0) },
  { path: 'weights.bin', bytes: Uint8Array.from({ length: 70_000 }, (_, k) => k) },
];

it('holds the files as they are', () => {
  const archive = zipFiles(FILES);
  expect([...readZip(archive)]).toEqual(FILES.map(({ path, bytes }) => [path, bytes]));
  expect(zipFiles(FILES)).toEqual(archive);
  expect(readZip(zipFiles([])).size).toBe(0);
});

it('is an archive to another program', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'it.zip'), zipFiles(FILES));
  const script =
    'import zipfile; z = zipfile.ZipFile("it.zip"); assert z.testzip() is None; print([i.filename for i in z.infolist()])';
  const { status, stdout, stderr } = spawnSync('python3', ['-c', script], { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.trim()).toBe("['level ü/model.json', 'empty', 'weights.bin']");
});
