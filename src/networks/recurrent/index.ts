/** Networks with memory on the kernels: hidden layers, a gated recurrent unit, a linear layer. */
export { createGru, type GruOptions } from './gru.js';
export { type CellViews, GruCell } from './gru-cell.js';
