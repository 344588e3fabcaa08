/** What the compiled module exports. Addresses are bytes in the imported memory; see `wasm/exports.ts` for the host's side. */
export { categoricalBackward, categoricalEvaluate, categoricalSample } from './categorical';
export { chainBackward, chainForward } from './chain';
export { denseBackward, denseForward } from './dense';
export { addScaled, fill, strideRows } from './elements';
export { discountedReturns, gae, vtrace } from './estimators';
export { gaussianBackward, gaussianLogProb, gaussianSample } from './gaussian';
export { clippedStep, gaussianActs } from './groups';
export { cosArray, expArray, logArray, sigmoidArray, sinArray, softplusArray, tanhArray } from './math';
export { squaresAround, sumRows } from './moments';
export { clippedObjective } from './objectives';
export { adam, scale, sgd, sum, sumOfSquares } from './optimizers';
export { weightedObjective } from './policy-gradient';
export { fillNormal, fillUniform, permutation } from './random';
export { gatherRows } from './rows';
export { squash, unsquash } from './squashing';
