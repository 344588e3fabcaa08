import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Below it, a file is one packet either way. */
const SMALL_BYTES = 1000;

/** Puts a compressed copy beside each file, which the API sends to whoever takes it: a third of the bytes. */
const compressedCopies = (): Plugin => ({
  name: 'compressed-copies',
  apply: 'build',
  writeBundle({ dir = '' }) {
    const assets = join(dir, 'assets');
    for (const name of readdirSync(assets)) {
      const content = readFileSync(join(assets, name));
      if (content.length > SMALL_BYTES) writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
    }
  },
});

/** The page as files, which the API serves at /dashboard/. `vite --config dashboard/vite.config.ts` serves it from its sources, with
 *  the API at its usual address behind it. */
export default defineConfig({
  root: at('.'),
  base: '/dashboard/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [compressedCopies()],
  build: {
    outDir: at('../dist/dashboard'),
    emptyOutDir: true,
    target: 'es2023',
    // The server's content security policy allows no data: fonts, and the page is small enough without inlining.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:7373' } },
});
