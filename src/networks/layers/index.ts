/** Networks as data: the layers of a description, their shapes and their limits. Loads no numeric code. */
export {
  LAYER_NORM_EPSILON,
  type LayersDescription,
  layerStateSize,
  MAX_LAYERS,
  type Padding,
  type PlacedInput,
  type PlacedLayer,
  type PlacedLayers,
  paddingOf,
  pairOf,
  placeLayers,
  sizeOf,
} from './shapes.js';
export { InputsSpec, type LayerActivation, LayerSpec } from './spec.js';
