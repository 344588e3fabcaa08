/** Self-play against the past: acts as an earlier version of another policy, drawn anew in every iteration. */
import type { Algorithm } from '../port.js';
import { PoolUpdater } from './updater.js';

export const algorithm: Algorithm = { createUpdater: (context) => new PoolUpdater(context) };
