import type { ChainLayer, DenseChain, F32, Kernels } from './port.js';

/** A parameter or gradient block cut into its layers. */
interface LayerViews {
  readonly weights: readonly F32[];
  readonly biases: readonly F32[];
}

/** A chain as calls of its layers, one after the other: what `denseChain` means, and how it is done where there is nothing faster. */
export class LayeredChain implements DenseChain {
  private readonly kernels: Kernels;
  private readonly layers: readonly ChainLayer[];
  /** Gradients of hidden outputs: layer l writes into one while it reads the other. */
  private readonly hiddenGradients: readonly F32[];
  private readonly viewsOf = new WeakMap<F32, LayerViews>();

  constructor(kernels: Kernels, layers: readonly ChainLayer[], maxRows: number) {
    this.kernels = kernels;
    this.layers = layers;
    const widest = Math.max(0, ...layers.slice(1).map((layer) => layer.inputs));
    this.hiddenGradients = layers.slice(1, 3).map(() => kernels.f32(maxRows * widest));
  }

  forward(parameters: F32, input: F32, B: number): void {
    const { weights, biases } = this.layerViews(parameters);
    let current = input;
    for (let l = 0; l < this.layers.length; l++) {
      const { inputs, outputs, activation, output } = this.layers[l]!;
      this.kernels.denseForward(current, weights[l]!, biases[l]!, output, B, inputs, outputs, activation);
      current = output;
    }
  }

  backward(parameters: F32, input: F32, dOutput: F32, gradients: F32, B: number, dInput: F32 | null): void {
    const { weights } = this.layerViews(parameters);
    const sums = this.layerViews(gradients);
    const { layers, hiddenGradients } = this;
    let dCurrent = dOutput;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, activation, output } = layers[l]!;
      const dBelow = l === 0 ? dInput : hiddenGradients[l % hiddenGradients.length]!;
      this.kernels.denseBackward(
        l === 0 ? input : layers[l - 1]!.output,
        weights[l]!,
        output,
        dCurrent,
        dBelow,
        sums.weights[l]!,
        sums.biases[l]!,
        B,
        inputs,
        outputs,
        activation,
      );
      if (dBelow !== null) dCurrent = dBelow;
    }
  }

  dispose(): void {
    for (const array of this.hiddenGradients) this.kernels.free(array);
  }

  /** Views are made once per block and live as long as it does: no call but a block's first allocates. */
  private layerViews(block: F32): LayerViews {
    const known = this.viewsOf.get(block);
    if (known !== undefined) return known;
    const views = {
      weights: this.layers.map((layer) => this.kernels.view(block, layer.weightsAt, layer.inputs * layer.outputs)),
      biases: this.layers.map((layer) => this.kernels.view(block, layer.biasAt, layer.outputs)),
    };
    this.viewsOf.set(block, views);
    return views;
  }
}
