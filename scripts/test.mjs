// npm test: packages, build, a real Redis, then every test (or those that the arguments name, as vitest takes them).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureTensorflow } from './install-tensorflow.mjs';
import { startRedis } from './redis-server.mjs';
import {
  ensureBuild,
  ensureDependencies,
  ensureRedis,
  ensureTestPrograms,
  projectFolder,
  runScript,
} from './setup.mjs';

await runScript(async () => {
  ensureDependencies();
  ensureBuild();
  ensureTestPrograms();
  const tensorflow = ensureTensorflow();
  if (!tensorflow.ready)
    console.error(`\nTensorFlow's native library is not in place, its tests are skipped: ${tensorflow.reason}`);
  const redis = process.env.REDIS_URL
    ? { url: process.env.REDIS_URL, stop: async () => {} }
    : await startRedis(ensureRedis());
  try {
    return await runVitest(process.argv.slice(2), {
      ...process.env,
      REDIS_URL: redis.url,
      MARLIN_BUILD_IS_CURRENT: '1',
    });
  } finally {
    await redis.stop();
  }
});

async function runVitest(args, env) {
  const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], { cwd: projectFolder, stdio: 'inherit', env });
  // A signal ends the tests first and Redis after them; without these listeners it would end only this process.
  const forward = (signal) => child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
  const [code, signal] = await once(child, 'exit');
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
  return code ?? 128 + constants.signals[signal];
}
