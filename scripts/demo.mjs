// npm run demo: packages, build, then trains the median game; arguments go to `marlin train` as they are.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureBuild, ensureDependencies, projectFolder, runScript } from './setup.mjs';

await runScript(async () => {
  ensureDependencies();
  ensureBuild();
  const cli = join(projectFolder, 'dist', 'cli', 'main.js');
  const args = ['train', join('examples', 'median.json'), ...process.argv.slice(2)];
  const child = spawn(process.execPath, [cli, ...args], { cwd: projectFolder, stdio: 'inherit' });
  // The trainer stops by itself after the current iteration; this process only has to outlive it.
  const forward = (signal) => child.kill(signal);
  process.on('SIGTERM', forward);
  // The terminal sends Ctrl-C to both.
  process.on('SIGINT', () => {});
  const [code, signal] = await once(child, 'exit');
  process.off('SIGTERM', forward);
  return code ?? 128 + constants.signals[signal];
});
