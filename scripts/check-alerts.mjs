// Checks Prometheus's configuration and rules, and tests the rules: node scripts/check-alerts.mjs [folder]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensurePromtool, projectFolder, runScript } from './setup.mjs';

await runScript(() => {
  const cwd = process.argv[2] ?? join(projectFolder, 'deploy/prometheus');
  const promtool = ensurePromtool();
  const failed = [
    ['check', 'config', 'prometheus.yml'],
    ['check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yml'],
    ['test', 'rules', 'alerts.test.yml'],
  ].filter((args) => spawnSync(promtool, args, { cwd, stdio: 'inherit' }).status !== 0);
  return failed.length === 0 ? 0 : 1;
});
