import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { projectFolder } from '../../helpers/project.js';

const IMPORTED = /(?:^|[^.\w])(?:from\s|import\s|import\()\s*'([^'\n]+)'/g;

/** What the declarations behind a door import from other packages. */
function packagesBehind(door: string): Set<string> {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      if (name.startsWith('.')) follow(join(dirname(file), name.replace(/\.js$/, '.d.ts')));
      else packages.add(name);
    }
  };
  follow(join(projectFolder, door));
  expect(seen.size).toBeGreaterThan(1);
  return packages;
}

// TensorFlow.js's declarations do not compile without `skipLibCheck`, and are nobody's business who does not use it.
it('only the door for TensorFlow.js has its types', () => {
  const { exports } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    exports: Record<string, { readonly types?: string }>;
  };
  const doors = Object.entries(exports).flatMap(([name, { types }]) =>
    types === undefined ? [] : [[name, types] as const],
  );
  const withIt = doors.filter(([, types]) =>
    [...packagesBehind(types)].some((name) => name.startsWith('@tensorflow/')),
  );
  expect(doors.map(([name]) => name)).toEqual(expect.arrayContaining(['.', './client', './policy', './tensorflow']));
  expect(withIt.map(([name]) => name)).toEqual(['./tensorflow']);
});
