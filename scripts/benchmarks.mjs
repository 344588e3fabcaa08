// Which benchmarks there are, and which of them some words choose.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './setup.mjs';

/** Paths of all benchmarks, bench/<room>/<question>.mjs; what lies deeper is shared by them and measures nothing alone. */
export function listBenchmarks() {
  const rooms = readdirSync(join(projectFolder, 'bench'), { withFileTypes: true });
  return rooms
    .filter((entry) => entry.isDirectory())
    .flatMap((room) => readdirSync(join(projectFolder, 'bench', room.name)).map((name) => `bench/${room.name}/${name}`))
    .filter((path) => path.endsWith('.mjs'))
    .sort();
}

/** Those whose path contains one of the words, all without a word; but a soak, which takes many minutes, only where a word
 *  says "soak". */
export function chooseBenchmarks(paths, words) {
  const wanted = words.length === 0 ? [''] : words;
  return paths.filter((path) =>
    wanted.some((word) => path.includes(word) && (!path.includes(SOAK) || word.includes(SOAK))),
  );
}

const SOAK = 'soak';
