/** Soft actor–critic. */
import type { Algorithm } from '../port.js';
import { SacUpdater } from './updater.js';

export const algorithm: Algorithm = { createUpdater: (context) => new SacUpdater(context) };
