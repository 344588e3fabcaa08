// Prints a compose file as Docker Compose understands it, as JSON; fails as Compose fails where it is not valid.
//   node scripts/compose-config.mjs [docker-compose.yml]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureDockerCompose, projectFolder, runScript, SetupError } from './setup.mjs';

await runScript(() => {
  const file = process.argv[2] ?? join(projectFolder, 'docker-compose.yml');
  const [command, ...first] = ensureDockerCompose();
  const config = (...args) => run(command, [...first, '-f', file, 'config', ...args]);
  // Compose 2 writes JSON itself. Compose 1 knows no --format, says so with success, and is a Python program that brings the
  // YAML reader with it.
  const json = config('--format', 'json');
  if (json.status === 0 && json.stdout.startsWith('{')) {
    process.stdout.write(json.stdout);
    return 0;
  }
  const yaml = config();
  if (yaml.status !== 0) throw new SetupError(`${file} is refused:\n${yaml.stderr}`);
  const toJson = 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)';
  const converted = run('python3', ['-c', toJson], yaml.stdout);
  if (converted.status !== 0) throw new SetupError(`What Compose printed cannot be read:\n${converted.stderr}`);
  process.stdout.write(converted.stdout);
  return 0;
});

function run(command, args, input = '') {
  const result = spawnSync(command, args, { encoding: 'utf8', input });
  if (result.error) throw new SetupError(`Could not start ${command}: ${result.error.message}`);
  return result;
}
