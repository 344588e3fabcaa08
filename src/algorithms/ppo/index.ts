/** Proximal policy optimization. */
import type { Algorithm } from '../port.js';
import { PpoUpdater } from './updater.js';

export const algorithm: Algorithm = { createUpdater: (context) => new PpoUpdater(context) };
