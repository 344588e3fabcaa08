// Saves checkpoint after checkpoint until it is killed: `saver.mjs <directory> <first iteration> <operation>`.
// Says on a line what it is about to do (`write`, `sync`, `rename`, …) and what it has done (`saved 12`). Kills itself before
// the given operation, counted from 1; 0 is never.
import { writeSync } from 'node:fs';
import { createFileCheckpointStore, nodeFileSystem } from '../../../dist/src/checkpoints/index.js';

const [directory, first, killAt] = process.argv.slice(2);
let operations = 0;

function about(operation) {
  operations++;
  if (operations === Number(killAt)) process.kill(process.pid, 'SIGKILL');
  // Synchronous, so that a line that was said is never lost with the process.
  writeSync(1, `${operation}\n`);
}

const wrapFile = (file) => ({
  // In halves, so that there is a moment with half a file.
  write: (bytes, offset, length, position) => {
    about('write');
    return file.write(bytes, offset, Math.min(length, Math.ceil(bytes.length / 2)), position);
  },
  read: (...args) => file.read(...args),
  sync: () => {
    about('sync');
    return file.sync();
  },
  close: () => {
    about('close');
    return file.close();
  },
});

const fs = { ...nodeFileSystem };
for (const operation of ['mkdir', 'readdir', 'stat', 'rename', 'unlink']) {
  fs[operation] = (...args) => {
    about(operation);
    return nodeFileSystem[operation](...args);
  };
}
fs.open = async (path, flags) => {
  about('open');
  return wrapFile(await nodeFileSystem.open(path, flags));
};

const store = createFileCheckpointStore(directory, {}, { fs });
for (let iteration = Number(first); ; iteration++) {
  const bytes = new Uint8Array(200_000).fill(iteration & 255);
  const tensors = [{ name: 'weights', dtype: 'u8', shape: [bytes.length], bytes }];
  await store.save({ iteration, facts: { twice: iteration * 2 }, tensors }, 2);
  writeSync(1, `saved ${iteration}\n`);
}
