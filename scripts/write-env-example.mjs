// Writes .env.example from the settings that the services declare (compiled, so build first).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder, runScript } from './setup.mjs';

await runScript(async () => {
  const { envExample } = await import(pathToFileURL(join(projectFolder, 'dist/services/env-example.js')).href);
  writeFileSync(join(projectFolder, '.env.example'), envExample());
});
