// npm run chaos -- [--kills 50] [--seed N] [--record <file>]: many SIGKILLs over the actors and learners of one job, whose
// weights must be those of a quiet run. With --launches 200, the kills are of the API instead, while so many jobs are launched
// through it, each of which must be there once. Prints the seed, a line of JSON per kill (which process, when, at which iteration), and
// a last one with the verdict. The same seed draws the same kills; how far the job is when they happen is up to the machine.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuild, ensureDependencies, ensureRedis, projectFolder, runScript, SetupError } from './setup.mjs';

await runScript(async () => {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '50' },
      seed: { type: 'string', default: String(randomInt(2 ** 31)) },
      record: { type: 'string' },
      launches: { type: 'string' },
    },
  });
  for (const name of ['kills', 'seed', 'launches']) {
    if (values[name] !== undefined && !/^\d{1,9}$|^[12]\d{9}$/.test(values[name]))
      throw new SetupError(`--${name} is ${values[name]}: give a whole number`);
  }
  ensureDependencies();
  ensureBuild();
  ensureRedis();
  console.log(`seed ${values.seed}: ${values.kills} kills`);
  const folder = mkdtempSync(join(tmpdir(), 'marlin-chaos-'));
  const record = values.record === undefined ? join(folder, 'record.jsonl') : resolve(values.record);
  // A record tells of one run.
  rmSync(record, { force: true });
  try {
    const { launches } = values;
    const code = await runTest(launches === undefined ? 'fleet/kills' : 'api/launches', {
      ...process.env,
      MARLIN_BUILD_IS_CURRENT: '1',
      CHAOS_KILLS: values.kills,
      CHAOS_SEED: values.seed,
      CHAOS_RECORD: record,
      ...(launches === undefined ? {} : { CHAOS_LAUNCHES: launches }),
    });
    if (existsSync(record)) process.stdout.write(readFileSync(record, 'utf8'));
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

async function runTest(name, env) {
  const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const args = [vitest, 'run', `test/chaos/${name}.test.ts`];
  const child = spawn(process.execPath, args, { cwd: projectFolder, stdio: 'inherit', env });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
