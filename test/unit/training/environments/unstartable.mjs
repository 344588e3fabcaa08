/** A module that no thread survives: what a native add-on that crashes while it loads looks like. */
import { isMainThread } from 'node:worker_threads';

if (!isMainThread) process.exit(3);

export { environment } from './deadly.mjs';
