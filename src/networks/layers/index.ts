/** Networks as data: the layers of a description, their shapes and their limits. Loads no numeric code. */
export {
  type LayersDescription,
  layerStateSize,
  type PlacedLayer,
  type PlacedLayers,
  pairOf,
  placeLayers,
  sizeOf,
} from './shapes.js';
export { InputsSpec, type LayerActivation, LayerSpec, MAX_LAYERS } from './spec.js';
