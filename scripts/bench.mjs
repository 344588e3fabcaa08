// npm run bench [-- <part of a path> ...]: builds, then runs the benchmarks whose path contains one of the words (all
// without a word; soaks only when named), one after another: two at the same time would measure each other.
import { spawnSync } from 'node:child_process';
import { chooseBenchmarks, listBenchmarks } from './benchmarks.mjs';
import { ensureBuild, ensureDependencies, projectFolder, runScript, SetupError } from './setup.mjs';

await runScript(() => {
  const words = process.argv.slice(2);
  const found = listBenchmarks();
  const chosen = chooseBenchmarks(found, words);
  if (chosen.length === 0) {
    throw new SetupError(`No benchmark has "${words.join('" or "')}" in its path. There are:\n${found.join('\n')}`);
  }
  ensureDependencies();
  ensureBuild();
  let failed = 0;
  for (const path of chosen) {
    console.log(`\n${path}`);
    const { status } = spawnSync(process.execPath, [path], { cwd: projectFolder, stdio: 'inherit' });
    if (status !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
});
