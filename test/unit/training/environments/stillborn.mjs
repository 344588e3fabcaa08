/** An environment whose making ends the thread, the first time it is made in one. */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { Type } from 'typebox';
import { environment as deadly } from './deadly.mjs';

export const environment = {
  ...deadly,
  id: 'stillborn-v1',
  description: 'Ends the first thread that makes it.',
  options: Type.Object({ marker: Type.String({ default: '' }) }),
  create: ({ marker }) => {
    if (!isMainThread && isFirst(marker)) process.exit(5);
    return deadly.create();
  },
};

function isFirst(marker) {
  try {
    writeFileSync(marker, 'died here', { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}
