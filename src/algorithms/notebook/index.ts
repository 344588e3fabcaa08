/** The update of the notebook that the median game comes from. */
import type { Algorithm } from '../port.js';
import { NotebookUpdater } from './updater.js';

export const algorithm: Algorithm = { createUpdater: (context) => new NotebookUpdater(context) };
