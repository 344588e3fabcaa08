import { MarlinError } from '../base/index.js';
import { type LayerSpec, MAX_LAYERS, placeLayers } from '../networks/index.js';
import type { PolicySpec } from '../policies/index.js';
import { exportError } from './errors.js';
import { invalid, JsonFields, shown } from './read-json.js';

type Network = PolicySpec['network'];

const MAX_HIDDEN = 64;
const MAX_WIDTH = 65_536;
const MAX_EXTENT = 2 ** 24;
const MAX_WINDOW = 256;
/** Inputs of a network, and operands of one layer. */
const MAX_NAMED = 64;
const NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,31}$/;

/** The network of a card that may be hostile, on rows of `inputSize` numbers. Described layers are put together here, by their shapes
 *  alone: what does not fit, or asks for more than a network may have, is refused before memory is taken for it. Throws
 *  POLICY_FILE_INVALID, and EXPORT_UNSUPPORTED for a kind of network or layer that is not known. */
export function readNetwork(fields: JsonFields, inputSize: number): Network {
  const kind = fields.text('kind');
  if (kind !== 'mlp' && kind !== 'layers') {
    throw unsupported(
      `${fields.what} is of kind ${shown(kind)}, and networks of kind "mlp" and "layers" are known here`,
    );
  }
  const shared = {
    activation: fields.oneOf('activation', ['tanh', 'relu']),
    // How weights started has no part in acting.
    initialization: 'zeros' as const,
    ...(fields.flag('normalizeInput', false) ? { normalizeInput: true } : {}),
  };
  if (kind === 'layers') return { kind, ...shared, hidden: [], ...readDescribed(fields, inputSize) };
  const hidden = fields.wholes('hidden', 1);
  if (hidden.length > MAX_HIDDEN || hidden.some((width) => width > MAX_WIDTH)) {
    fields.fail('hidden', `has more than ${MAX_HIDDEN} layers, or one wider than ${MAX_WIDTH}`);
  }
  return {
    kind,
    ...shared,
    hidden: [...hidden],
    ...(fields.has('recurrent') ? { recurrent: readRecurrent(fields.object('recurrent')) } : {}),
  };
}

function readRecurrent(fields: JsonFields): NonNullable<Network['recurrent']> {
  const size = fields.whole('size', 1);
  if (size > MAX_WIDTH) fields.fail('size', `is ${size}, more than ${MAX_WIDTH}`);
  return { kind: fields.oneOf('kind', ['gru']), size };
}

function readDescribed(
  fields: JsonFields,
  inputSize: number,
): Required<Pick<Network, 'layers'>> & Pick<Network, 'inputs'> {
  const list = fields.list('layers');
  if (list.length > MAX_LAYERS) fields.fail('layers', `has ${list.length} layers, more than ${MAX_LAYERS}`);
  const described = {
    layers: list.map((value, l) => readLayer(new JsonFields(value, `${fields.what}.layers[${l}]`))),
    ...(fields.has('inputs') ? { inputs: readInputs(fields.object('inputs')) } : {}),
  };
  try {
    placeLayers(described, inputSize);
  } catch (error) {
    if (!(error instanceof MarlinError)) throw error;
    throw invalid(fields.what, `cannot be put together: ${error.message}`);
  }
  return described;
}

function readInputs(fields: JsonFields): NonNullable<Network['inputs']> {
  const names = fields.names();
  const wrong = names.find((name) => !NAME.test(name));
  if (wrong !== undefined || names.length === 0 || names.length > MAX_NAMED) {
    throw invalid(
      fields.what,
      `must have 1 to ${MAX_NAMED} inputs, each of a name of up to 32 letters, digits, _ and -`,
    );
  }
  return Object.fromEntries(
    names.map((name) => {
      const input = fields.object(name);
      return [name, { offset: atMost(input, 'offset', 0, MAX_EXTENT), shape: readShape(input) }];
    }),
  );
}

function readShape(fields: JsonFields): number[] {
  const shape = fields.wholes('shape', 1);
  if (shape.length < 1 || shape.length > 4 || shape.some((extent) => extent > MAX_EXTENT)) {
    fields.fail('shape', `must have 1 to 4 extents of at most ${MAX_EXTENT}`);
  }
  return [...shape];
}

function readLayer(fields: JsonFields): LayerSpec {
  const { layer, names } = layerOf(fields);
  const unknown = fields.names().find((name) => !['type', 'id', 'of', ...names].includes(name));
  // It may change what the layer makes.
  if (unknown !== undefined) throw unsupported(`${fields.what} has ${shown(unknown)}, which is not known here`);
  return layer;
}

/** A layer, and the names of the fields that are its own. */
function layerOf(fields: JsonFields): { readonly layer: LayerSpec; readonly names: readonly string[] } {
  const type = fields.text('type');
  const id = fields.has('id') ? { id: readName(fields, 'id') } : {};
  const one = () => ({ ...id, ...(fields.has('of') ? { of: readName(fields, 'of') } : {}) });
  const activation = (): { activation?: 'none' | 'tanh' | 'relu' | 'sigmoid' } =>
    fields.has('activation') ? { activation: fields.oneOf('activation', ['none', 'tanh', 'relu', 'sigmoid']) } : {};
  const padding = (): { padding?: 'valid' | 'same' } =>
    fields.has('padding') ? { padding: fields.oneOf('padding', ['valid', 'same']) } : {};
  const units = (): { units: number } => ({ units: atMost(fields, 'units', 1, MAX_WIDTH) });
  const filters = (): { filters: number } => ({ filters: atMost(fields, 'filters', 1, MAX_WIDTH) });
  switch (type) {
    case 'dense':
      return { layer: { type, ...one(), ...units(), ...activation() }, names: ['units', 'activation'] };
    case 'conv1d':
      return {
        layer: {
          type,
          ...one(),
          ...filters(),
          kernelSize: atMost(fields, 'kernelSize', 1, MAX_WINDOW),
          ...(fields.has('strides') ? { strides: atMost(fields, 'strides', 1, MAX_WINDOW) } : {}),
          ...padding(),
          ...activation(),
        },
        names: ['filters', 'kernelSize', 'strides', 'padding', 'activation'],
      };
    case 'conv2d':
      return {
        layer: {
          type,
          ...one(),
          ...filters(),
          kernelSize: readPair(fields, 'kernelSize'),
          ...(fields.has('strides') ? { strides: readPair(fields, 'strides') } : {}),
          ...padding(),
          ...activation(),
        },
        names: ['filters', 'kernelSize', 'strides', 'padding', 'activation'],
      };
    case 'maxPool2d': {
      const strides = fields.has('strides') ? { strides: readPair(fields, 'strides') } : {};
      return {
        layer: { type, ...one(), size: readPair(fields, 'size'), ...strides, ...padding() },
        names: ['size', 'strides', 'padding'],
      };
    }
    case 'layerNorm':
      return { layer: { type, ...one(), ...readEpsilon(fields) }, names: ['epsilon'] };
    case 'embedding': {
      const count = atMost(fields, 'count', 1, MAX_EXTENT);
      return { layer: { type, ...one(), count, size: atMost(fields, 'size', 1, MAX_WIDTH) }, names: ['count', 'size'] };
    }
    case 'gru':
    case 'lstm':
      return { layer: { type, ...one(), ...units() }, names: ['units'] };
    case 'flatten':
      return { layer: { type, ...one() }, names: [] };
    case 'reshape':
      return { layer: { type, ...one(), shape: readShape(fields) }, names: ['shape'] };
    case 'concatenate':
    case 'add':
      return { layer: { type, ...id, of: readNames(fields) }, names: [] };
    default:
      throw unsupported(`${fields.what} is of type ${shown(type)}, which is not known here`);
  }
}

function readEpsilon(fields: JsonFields): { epsilon?: number } {
  if (!fields.has('epsilon')) return {};
  const epsilon = fields.finite('epsilon');
  return epsilon >= 1e-12 && epsilon <= 1 ? { epsilon } : fields.fail('epsilon', `is ${epsilon}, not in 1e-12 … 1`);
}

function readPair(fields: JsonFields, name: string): number | [number, number] {
  if (!Array.isArray(fields.value(name))) return atMost(fields, name, 1, MAX_WINDOW);
  const [height, width, ...more] = fields.wholes(name, 1);
  if (height === undefined || width === undefined || more.length > 0 || Math.max(height, width) > MAX_WINDOW) {
    fields.fail(name, `must be one number of at most ${MAX_WINDOW}, or two`);
  }
  return [height, width];
}

function readName(fields: JsonFields, name: string): string {
  const text = fields.text(name);
  return NAME.test(text) ? text : fields.fail(name, `is ${shown(text)}, which is no name`);
}

function readNames(fields: JsonFields): string[] {
  const names = fields.list('of');
  if (names.length < 2 || names.length > MAX_NAMED) fields.fail('of', `must have 2 to ${MAX_NAMED} names`);
  return names.map((name) =>
    typeof name === 'string' && NAME.test(name) ? name : fields.fail('of', `has ${shown(name)}, which is no name`),
  );
}

function atMost(fields: JsonFields, name: string, least: number, most: number): number {
  const value = fields.whole(name, least);
  return value <= most ? value : fields.fail(name, `is ${value}, more than ${most}`);
}

const unsupported = (message: string): Error => exportError('EXPORT_UNSUPPORTED', message);
