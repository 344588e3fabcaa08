// Writes docs/openapi.json, what /openapi.json answers, from the routes that the API declares (compiled, so build first).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder, runScript } from './setup.mjs';

await runScript(async () => {
  const { openApiText } = await import(pathToFileURL(join(projectFolder, 'dist/services/api/openapi-text.js')).href);
  writeFileSync(join(projectFolder, 'docs', 'openapi.json'), await openApiText());
});
