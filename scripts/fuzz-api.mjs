// npm run fuzz -- [--requests 20000] [--seed N]: requests to an API of its own, right and wrong ones, made of what /openapi.json
// says, whose answers must be as it says; chains of them launch jobs, change them and delete them. Prints the seed, which draws
// the same requests again, and a line of JSON with what came of it.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureDependencies, projectFolder, runScript, SetupError } from './setup.mjs';

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      requests: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
    },
  });
  for (const name of ['requests', 'seed']) {
    if (!/^\d{1,10}$/.test(values[name])) throw new SetupError(`--${name} is ${values[name]}: give a whole number`);
  }
  ensureDependencies();
  const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', 'test/integration/api/fuzz.test.ts'], {
    cwd: projectFolder,
    stdio: 'inherit',
    // The API is run from its source.
    env: { ...process.env, MARLIN_BUILD_IS_CURRENT: '1', FUZZ_REQUESTS: values.requests, FUZZ_SEED: values.seed },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
});
