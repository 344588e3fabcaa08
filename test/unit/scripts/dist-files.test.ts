import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const { staleFiles } = (await import(`${projectFolder}/scripts/dist-files.mjs`)) as {
  staleFiles(project: string): string[];
};

describe('files of dist/', () => {
  it('belong to a source, or to a builder that says so', () => {
    const sources = [
      'src/rooms/kept.ts',
      'src/wire/generated/messages.js',
      'cli/main.ts',
      'src/kernels/assembly/tile.ts',
    ];
    const kept = [
      'src/rooms/kept.js',
      'src/rooms/kept.d.ts',
      'src/wire/generated/messages.js',
      'cli/main.js',
      'chunks/room-Abc1.js',
      'dashboard/assets/page-Abc1.js',
      'policy/browser.js',
      'kernels/marlin.wasm',
      'kernels/native/here-x64.node',
    ];
    const stale = [
      'cli/gone.d.ts',
      'examples/gone/example.js',
      'kernels/marlin.wasm.123.partial',
      'kernels/native/gone-x64.node',
      'src/kernels/assembly/tile.js',
      'src/rooms/gone.js',
      'stray.js',
    ];
    const empty = [...sources, ...[...kept, ...stale].map((path) => join('dist', path))].map((path) => [path, '']);
    const record = JSON.stringify({ sources: '', bytes: { 'here-x64': 1 } });
    const folder = temporaryFolder({ ...Object.fromEntries(empty), 'dist/kernels/native/built.json': record });
    expect(staleFiles(folder)).toEqual(stale);
  });

  it('are packed if the present sources write them, and with what the exports name', () => {
    const pack = ['pack', '--dry-run', '--json', '--ignore-scripts'];
    const { stdout } = spawnSync('npm', pack, { cwd: projectFolder, encoding: 'utf8' });
    const [{ files }] = JSON.parse(stdout) as [{ readonly files: readonly { readonly path: string }[] }];
    const packed = new Set(files.map(({ path }) => path));
    const stale = staleFiles(projectFolder).filter((path) => packed.has(`dist/${path}`));
    expect(stale).toEqual([]);
    const notes = ['dist/sources.sha256', 'dist/bundled.tsbuildinfo'];
    expect(notes.filter((path) => packed.has(path))).toEqual([]);
    const needed = ['cli/main.js', 'src/index.js', 'src/index.d.ts', 'src/base/math/index.js', 'client/index.js'];
    const doors = [...needed, 'policy/index.js', 'policy/browser.js', 'kernels/marlin.wasm'].map(
      (path) => `dist/${path}`,
    );
    expect(doors.filter((path) => existsSync(join(projectFolder, path)) && !packed.has(path))).toEqual([]);
  });
});
