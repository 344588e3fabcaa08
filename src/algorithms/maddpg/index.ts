/** Multi-agent deep deterministic policy gradient. */
import type { Algorithm } from '../port.js';
import { MaddpgUpdater } from './updater.js';

export const algorithm: Algorithm = { createUpdater: (context) => new MaddpgUpdater(context) };
