/** REINFORCE, with an optional learned baseline. */
import type { Algorithm } from '../port.js';
import { ReinforceUpdater } from './updater.js';

export const algorithm: Algorithm = { createUpdater: (context) => new ReinforceUpdater(context) };
