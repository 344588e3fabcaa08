import { LAYER_NORM_EPSILON, pairOf } from '../layers/index.js';
import { ConvolutionForward, convolutionWindows } from './convolution.js';
import { DenseForward } from './dense.js';
import { EmbeddingForward } from './embedding.js';
import { AddForward, ConcatenateForward } from './joining.js';
import type { ForwardLayer, LayerMaking } from './layer.js';
import { LayerNormForward } from './layer-norm.js';
import { GruForward, LstmForward } from './memory.js';
import { MaxPoolForward } from './pooling.js';
import { windowsOf } from './windows.js';

/** The layer of a description on the kernels; null for one that only sees its operand in another shape. */
export function createForwardLayer(making: LayerMaking): ForwardLayer | null {
  const { layer, operands, activation } = making;
  const { spec, shape } = layer;
  const of = operands[0]!.shape;
  switch (spec.type) {
    case 'dense':
      return new DenseForward(making, spec.activation ?? activation);
    case 'conv1d':
    case 'conv2d':
      return new ConvolutionForward(making, convolutionWindows(layer, of)!, spec.activation ?? activation);
    case 'maxPool2d': {
      const strides = pairOf(spec.strides ?? spec.size);
      const picture = of as [number, number, number];
      return new MaxPoolForward(
        making,
        windowsOf(picture, pairOf(spec.size), strides, spec.padding, [shape[0]!, shape[1]!]),
      );
    }
    case 'layerNorm':
      return new LayerNormForward(making, spec.epsilon ?? LAYER_NORM_EPSILON);
    case 'embedding':
      return new EmbeddingForward(making, spec.count, spec.size);
    case 'gru':
      return new GruForward(making, spec.units);
    case 'lstm':
      return new LstmForward(making, spec.units);
    case 'flatten':
    case 'reshape':
      return null;
    case 'concatenate':
      return new ConcatenateForward(making);
    case 'add':
      return new AddForward(making);
  }
}
