/** Writes what Marlin starts from, the command line, the library's doors and its threads, once more with all of Marlin in few files:
 *  dist/chunks. A thousand small files take half a second of every process and of every thread to open; these take a tenth of it.
 *  The doors keep their places, so nothing else of dist is asked for, and all of them share their chunks: one class is one class.
 *  `tsc -p tsconfig.build.json` writes the plain files again, all of them: what it remembers is forgotten here. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { projectFolder, runScript } from './setup.mjs';

const DOORS = [
  'cli/main',
  'src/index',
  'src/tensorflow',
  'src/base/math/index',
  'src/training/worker',
  'src/serving/worker',
  'services/api/report-worker',
  'services/api/export-worker',
];

await runScript(async () => {
  const dist = join(projectFolder, 'dist');
  rmSync(join(dist, 'chunks'), { recursive: true, force: true });
  const { output } = await build({
    configFile: false,
    root: projectFolder,
    publicDir: false,
    logLevel: 'error',
    ssr: {
      // Every thread reads the schemas' library, which has seven hundred files. What is loaded now and then stays outside.
      noExternal: ['typebox', 'commander'],
    },
    build: {
      ssr: true,
      outDir: dist,
      emptyOutDir: false,
      target: 'es2023',
      minify: false,
      rolldownOptions: {
        input: Object.fromEntries(DOORS.map((door) => [door, join(projectFolder, `${door}.ts`)])),
        // A line of a stack keeps the name that the source has.
        output: {
          format: 'es',
          keepNames: true,
          topLevelVar: false,
          entryFileNames: '[name].js',
          chunkFileNames: 'chunks/[name]-[hash].js',
        },
      },
    },
  });
  rmSync(join(dist, 'build.tsbuildinfo'), { force: true });
  const bytes = output.reduce((sum, { code }) => sum + (code?.length ?? 0), 0);
  console.log(`build-bundle: ${DOORS.length} doors, ${output.length - DOORS.length} chunks, ${bytes} bytes`);
  return 0;
});
