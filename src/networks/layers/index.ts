/** Networks as data: the layers of a description, their shapes and their limits. Loads no numeric code. */
export {
  LAYER_NORM_EPSILON,
  type LayersDescription,
  layerStateSize,
  MAX_LAYERS,
  type PlacedInput,
  type PlacedLayer,
  type PlacedLayers,
  placeLayers,
} from './placement.js';
export { type Padding, paddingOf, pairOf, sizeOf } from './shapes.js';
export { InputsSpec, type LayerActivation, LayerSpec } from './spec.js';
