import type { Activation } from '../port.js';

/** The number that stands for an activation on the other side. */
export function activationCode(activation: Activation): number {
  return activation === 'none' ? 0 : activation === 'relu' ? 1 : 2;
}

/** Layers whose outputs feed one another, written down at `chain` as `AddressedChain` does it; a dInput of 0 is none. */
export interface ChainExports {
  chainForward(chain: number, parameters: number, input: number, B: number, scratch: number): void;
  chainBackward(
    chain: number,
    parameters: number,
    input: number,
    dOutput: number,
    gradients: number,
    dInput: number,
    B: number,
    scratch: number,
  ): void;
}

/** The host's side of `assembly/index.ts`: addresses are byte offsets in the kernel memory, 0 stands for none. */
export interface KernelExports extends ChainExports {
  denseForward(
    input: number,
    weights: number,
    bias: number,
    output: number,
    B: number,
    I: number,
    O: number,
    activation: number,
    scratch: number,
  ): void;
  denseBackward(
    input: number,
    weights: number,
    output: number,
    dOutput: number,
    dInput: number,
    dWeights: number,
    dBias: number,
    B: number,
    I: number,
    O: number,
    activation: number,
    scratch: number,
  ): void;
  adam(
    parameters: number,
    gradients: number,
    mean: number,
    variance: number,
    n: number,
    keepMean: number,
    takeMean: number,
    keepVariance: number,
    takeVariance: number,
    stepSize: number,
    varianceScale: number,
    epsilon: number,
    coupled: number,
    shrink: number,
  ): void;
  sgd(
    parameters: number,
    gradients: number,
    velocity: number,
    n: number,
    learningRate: number,
    momentum: number,
    decay: number,
  ): void;
  sum(values: number, n: number): number;
  sumOfSquares(values: number, n: number): number;
  sumRows(values: number, rows: number, n: number): number;
  squaresAround(values: number, rows: number, n: number, mean: number): number;
  scale(values: number, n: number, factor: number): void;
  expArray(input: number, output: number, n: number): void;
  logArray(input: number, output: number, n: number): void;
  sinArray(input: number, output: number, n: number): void;
  cosArray(input: number, output: number, n: number): void;
  tanhArray(input: number, output: number, n: number): void;
  sigmoidArray(input: number, output: number, n: number): void;
  softplusArray(input: number, output: number, n: number): void;
  fillUniform: RandomFill;
  fillNormal: RandomFill;
  permutation(
    key0: number,
    key1: number,
    high0: number,
    high1: number,
    blockLow: number,
    blockHigh: number,
    output: number,
    n: number,
    scratch: number,
  ): number;
  fill(output: number, value: number, n: number): void;
  addScaled(a: number, b: number, factor: number, output: number, n: number): void;
  strideRows(first: number, C: number, T: number, stride: number, output: number): void;
  gatherRows(input: number, rows: number, output: number, R: number, width: number): void;
  discountedReturns(rewards: number, discounts: number, bootstrap: number, returns: number, T: number, B: number): void;
  gae(
    rewards: number,
    discounts: number,
    lambdas: number,
    values: number,
    nextValues: number,
    advantages: number,
    T: number,
    B: number,
  ): void;
  vtrace(
    ratios: number,
    rewards: number,
    discounts: number,
    lambdas: number,
    values: number,
    nextValues: number,
    valueTargets: number,
    advantages: number,
    T: number,
    B: number,
    rhoBar: number,
    cBar: number,
    pgRhoBar: number,
    errors: number,
  ): void;
  gaussianSample(
    means: number,
    logStd: number,
    noise: number,
    actions: number,
    logProbs: number,
    B: number,
    A: number,
    scratch: number,
  ): void;
  gaussianLogProb(
    means: number,
    logStd: number,
    actions: number,
    logProbs: number,
    B: number,
    A: number,
    scratch: number,
  ): void;
  gaussianBackward(
    means: number,
    logStd: number,
    actions: number,
    dLogProbs: number,
    dEntropies: number,
    dMeans: number,
    dLogStd: number,
    B: number,
    A: number,
    scratch: number,
  ): void;
  clippedObjective(
    logProbs: number,
    behaviorLogProbs: number,
    values: number,
    samples: number,
    advantages: number,
    oldValues: number,
    valueTargets: number,
    weights: number,
    dLogProbs: number,
    dValues: number,
    sums: number,
    B: number,
    mean: number,
    scale: number,
    low: number,
    high: number,
    valueClip: number,
    lossScale: number,
    valueScale: number,
    scratch: number,
  ): void;
  weightedObjective(
    logProbs: number,
    behaviorLogProbs: number,
    values: number,
    samples: number,
    advantages: number,
    valueTargets: number,
    weights: number,
    dLogProbs: number,
    dValues: number,
    sums: number,
    B: number,
    mean: number,
    scale: number,
    ratioBound: number,
    lossScale: number,
    valueScale: number,
    scratch: number,
  ): void;
  categoricalSample(
    logits: number,
    noise: number,
    actions: number,
    logProbs: number,
    B: number,
    count: number,
    rowLength: number,
    decisions: number,
    adds: number,
    scratch: number,
  ): void;
  categoricalEvaluate(
    logits: number,
    actions: number,
    logProbs: number,
    entropies: number,
    B: number,
    count: number,
    rowLength: number,
    decisions: number,
    adds: number,
    scratch: number,
  ): void;
  categoricalBackward(
    logits: number,
    actions: number,
    dLogProbs: number,
    dEntropies: number,
    dLogits: number,
    B: number,
    count: number,
    rowLength: number,
    decisions: number,
    scratch: number,
  ): void;
  squash(u: number, bounds: number, actions: number, B: number, A: number): void;
  unsquash(actions: number, bounds: number, u: number, logSlopes: number, B: number, A: number): void;
  addToRows(input: number, rows: number, output: number, R: number, width: number): void;
  normalsOfUniforms(uniforms: number, normals: number, n: number): void;
  binarySample(logits: number, noise: number, actions: number, logProbs: number, B: number, A: number): void;
  binaryEvaluate(logits: number, actions: number, logProbs: number, entropies: number, B: number, A: number): void;
  binaryBackward(
    logits: number,
    actions: number,
    dLogProbs: number,
    dEntropies: number,
    dLogits: number,
    B: number,
    A: number,
  ): void;
  maskBinary(logits: number, mask: number, output: number, n: number): number;
  maskChoices(logits: number, mask: number, counts: number, output: number, B: number, decisions: number): number;
  networkStd(
    outputs: number,
    logStd: number,
    slopes: number,
    B: number,
    A: number,
    middle: number,
    half: number,
    start: number,
    scale: number,
  ): void;
  boundedSample(
    outputs: number,
    logStd: number,
    noise: number,
    bounds: number,
    actions: number,
    B: number,
    A: number,
    row: number,
    stdRow: number,
    boundRow: number,
  ): void;
  boundedEvaluate(
    outputs: number,
    logStd: number,
    actions: number,
    bounds: number,
    logProbs: number,
    entropies: number,
    B: number,
    A: number,
    row: number,
    stdRow: number,
    boundRow: number,
  ): void;
  boundedBackward(
    outputs: number,
    logStd: number,
    slopes: number,
    actions: number,
    bounds: number,
    dLogProbs: number,
    dEntropies: number,
    dOutputs: number,
    dLogStd: number,
    B: number,
    A: number,
    row: number,
    stdRow: number,
    boundRow: number,
    scratch: number,
  ): void;
  boundedPathwise(
    outputs: number,
    logStd: number,
    slopes: number,
    noise: number,
    bounds: number,
    dActions: number,
    dLogProbs: number,
    dOutputs: number,
    B: number,
    A: number,
    boundRow: number,
  ): void;
  compositeSample(
    outputs: number,
    logStd: number,
    noise: number,
    reservations: number,
    actions: number,
    B: number,
    row: number,
    sign: number,
  ): void;
  compositeEvaluate(
    outputs: number,
    logStd: number,
    actions: number,
    reservations: number,
    logProbs: number,
    entropies: number,
    B: number,
    row: number,
    sign: number,
  ): void;
  compositeBackward(
    outputs: number,
    logStd: number,
    actions: number,
    reservations: number,
    dLogProbs: number,
    dEntropies: number,
    dOutputs: number,
    dLogStd: number,
    B: number,
    row: number,
    sign: number,
    scratch: number,
  ): void;
  gaussianActs(actors: number, count: number, t: number, B: number, scratch: number): void;
  clippedStep(step: number, samples: number, count: number, scratch: number): void;
}

export type RandomFill = (
  key0: number,
  key1: number,
  high0: number,
  high1: number,
  blockLow: number,
  blockHigh: number,
  output: number,
  n: number,
) => void;
