/** Removes from dist/ what the build before it did not write: the package has what is there. The last step of `npm run build`. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { staleFiles } from './dist-files.mjs';
import { projectFolder, runScript } from './setup.mjs';

await runScript(() => {
  const stale = staleFiles(projectFolder);
  for (const path of stale) rmSync(join(projectFolder, 'dist', path), { force: true });
  if (stale.length > 0) console.log(`clean-build: ${stale.length} files of earlier builds removed`);
});
