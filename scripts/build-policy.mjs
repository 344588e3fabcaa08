/** Writes `marlin/policy` for browsers: one module without imports, dist/policy/browser.js, or into the folder of --out. Fails where
 *  something is left in it that a browser does not have. */
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { projectFolder, runScript, SetupError } from './setup.mjs';

const NAME = 'browser.js';

await runScript(async () => {
  const at = process.argv.indexOf('--out');
  const folder = at === -1 ? join(projectFolder, 'dist', 'policy') : process.argv[at + 1];
  const [{ output }] = await build({
    configFile: false,
    root: projectFolder,
    publicDir: false,
    logLevel: 'error',
    build: {
      lib: { entry: join(projectFolder, 'policy', 'index.ts'), formats: ['es'], fileName: () => NAME },
      outDir: folder,
      emptyOutDir: false,
      target: 'es2023',
      rolldownOptions: {
        // Of the rooms' doors only what acting uses: modules of Marlin do nothing by being loaded.
        treeshake: { moduleSideEffects: false },
        output: { minify: true },
      },
    },
  });
  const [chunk, ...more] = output;
  const foreign = [...chunk.imports, ...chunk.dynamicImports, ...more.map(({ fileName }) => fileName)];
  const modules = Object.keys(chunk.modules).filter((id) => !id.startsWith(join(projectFolder, 'src')));
  const outside = modules.filter((id) => !id.startsWith(join(projectFolder, 'policy')) && !id.startsWith('\0'));
  if (foreign.length > 0 || outside.length > 0) {
    throw new SetupError(
      `marlin/policy would need ${[...foreign, ...outside].join(', ')}, which a page does not have.`,
    );
  }
  const zipped = gzipSync(chunk.code, { level: 9 }).length;
  console.log(`build-policy: ${join(folder, NAME)}, ${chunk.code.length} bytes, ${zipped} with gzip`);
  return 0;
});
