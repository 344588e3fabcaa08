// Writes README.md's table of algorithms from the catalog (compiled, so build first).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { algorithmsTable, withAlgorithmsTable } from './algorithms-table.mjs';
import { projectFolder, runScript } from './setup.mjs';

await runScript(async () => {
  const { algorithmCatalog } = await import('../dist/src/algorithms/catalog.js');
  const page = join(projectFolder, 'README.md');
  writeFileSync(page, withAlgorithmsTable(readFileSync(page, 'utf8'), algorithmsTable(algorithmCatalog)));
  return 0;
});
