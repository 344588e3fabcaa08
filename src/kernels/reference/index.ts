/** The kernels in slow, paper form and float64: the oracle of tests. Nothing here reaches actions or weights, so it may use
 *  the host's mathematics. It imports the types of the port only. */
export * from './categorical.js';
export * from './dense.js';
export * from './estimators.js';
export * from './objectives.js';
export * from './optimizers.js';
