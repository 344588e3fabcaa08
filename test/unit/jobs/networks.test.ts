import { describe, expect, it } from 'vitest';
import { environmentCatalog } from '../../../src/envs/index.js';
import { previewJob, resolvePolicies, specDigest, tensorflowUse } from '../../../src/jobs/index.js';
import { catalogs, messagesOf, resolved } from './catalogs.js';

const CONV = { type: 'conv2d', filters: 4, kernelSize: 3 };
const layers = (...list: unknown[]) => ({ kind: 'layers', layers: list });
const rooms = (network: unknown, more: Readonly<Record<string, unknown>> = {}, policy: object = {}) => ({
  env: { id: 'two-rooms-v1' },
  policies: { '*': { network, ...policy } },
  ...more,
});

/** what is wrong → the spec, and what its one message says. */
const TABLE: readonly [string, unknown, RegExp][] = [
  ['no layers', rooms({ kind: 'layers' }), /^\/policies\/\*\/network\/layers must have at least one layer/],
  [
    'an unknown kind',
    rooms({ kind: 'transformer' }),
    /^\/policies\/\*\/network\/kind is "transformer", but must be "mlp" or "layers"/,
  ],
  [
    'an unknown layer',
    rooms(layers({ type: 'conv3d' })),
    /^\/policies\/\*\/network\/layers\/0\/type is "conv3d", but must be "dense", .*"conv2d", .*"add"; did you mean "conv1d"\?$/,
  ],
  [
    'a layer without what its type needs, whatever another type needs',
    rooms(layers({ type: 'embedding', count: 3 })),
    /^\/policies\/\*\/network\/layers\/0\/size is missing/,
  ],
  [
    'a filter larger than the picture',
    rooms(layers({ ...CONV, kernelSize: 6 })),
    /^\/policies\/\*\/network\/layers\/0 sees 6 at once, but its input has 5/,
  ],
  [
    'ten gigabytes of weights',
    rooms(layers({ type: 'dense', units: 65_536 }, { type: 'flatten' }, { type: 'dense', units: 65_536 })),
    /^\/policies\/\*\/network\/layers\/0 brings the layers' outputs to 1638400|^\/policies\/\*\/network\/layers\/2 brings/,
  ],
  [
    'an input beyond the picture',
    rooms({ ...layers({ type: 'flatten' }), inputs: { far: { offset: 70, shape: [6] } } }),
    /^\/policies\/\*\/network\/inputs\/far ends at number 76/,
  ],
  [
    'widths of a dense network beside layers',
    rooms({ ...layers(CONV), hidden: [3] }),
    /^\/policies\/\*\/network\/hidden is for networks of kind "mlp"/,
  ],
  [
    'a critic that sees what the description does not tell of',
    rooms(layers(CONV), { algorithm: { id: 'mappo', options: { criticInput: 'observations' } } }),
    /^\/policies\/\*\/network\/kind describes what the policy sees, but the critic of "mappo" sees more/,
  ],
  [
    'an unknown backend',
    rooms(layers(CONV), { tensorflow: { backend: 'webgpu' } }),
    /^\/tensorflow\/backend is "webgpu"/,
  ],
];

describe('networks of described layers', () => {
  it.each(TABLE)('are refused: %s', (_, spec, message) => {
    const messages = messagesOf(spec);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(message);
  });

  it('see the observation in its shape, and so does a value network that is not set', () => {
    const spec = resolved(rooms(layers(CONV)));
    const [policy] = resolvePolicies(spec, environmentCatalog.get('two-rooms-v1')!.create(spec.env.options));
    expect(policy!.policySpec.network.inputs).toEqual({ observation: { offset: 0, shape: [5, 5, 3] } });
    expect(policy!.policySpec.valueNetwork).toBeUndefined();
  });

  it('have their parameters counted before anything is made', () => {
    const { policies } = previewJob(resolved(rooms(layers(CONV, { type: 'dense', units: 8 }))), catalogs);
    expect(policies[0]!.actingParameters).toBe((9 * 3 + 1) * 4 + (4 + 1) * 8 + (9 * 8 + 1) * 4);
  });

  it('may stand beside a dense value network, and the other way round', () => {
    const described = layers(CONV);
    expect(messagesOf(rooms(described, {}, { valueNetwork: { kind: 'mlp', hidden: [8] } }))).toEqual([]);
    expect(messagesOf(rooms({ hidden: [8] }, {}, { valueNetwork: described }))).toEqual([]);
  });

  it('stand beside a dense value network where that names widths, and no kind', () => {
    const spec = resolved(rooms(layers(CONV), {}, { valueNetwork: { hidden: [8] } }));
    const [policy] = resolvePolicies(spec, environmentCatalog.get('two-rooms-v1')!.create(spec.env.options));
    const { valueNetwork } = policy!.policySpec;
    expect(valueNetwork).toMatchObject({ kind: 'mlp', hidden: [8] });
    expect(valueNetwork).not.toHaveProperty('layers');
    expect(messagesOf(rooms(layers(CONV), {}, { valueNetwork: { kind: 'layers', hidden: [8] } }))).toHaveLength(1);
  });
});

describe('a job that needs TensorFlow.js', () => {
  const dense = { env: { id: 'median-v1' } };

  it.each([
    ['nothing of it', dense, null],
    ['a backend that nothing uses', { ...dense, tensorflow: { backend: 'wasm' } }, null],
    ['the engine', { ...dense, engine: 'tensorflow' }, { backend: 'auto', everyNetwork: true }],
    ['layers', rooms(layers(CONV)), { backend: 'auto', everyNetwork: false }],
    [
      'layers of a critic, on a backend',
      rooms({ hidden: [8] }, { tensorflow: { backend: 'cpu' } }, { valueNetwork: layers(CONV) }),
      { backend: 'cpu', everyNetwork: false },
    ],
  ])('is known by its spec: %s', (_, spec, use) => {
    expect(tensorflowUse(resolved(spec))).toEqual(use);
  });

  it('has another digest than one on the kernels, and one for each backend', () => {
    const specs = [
      dense,
      { ...dense, engine: 'tensorflow' },
      { ...dense, engine: 'tensorflow', tensorflow: { backend: 'wasm' } },
    ];
    expect(new Set(specs.map((spec) => specDigest(resolved(spec)))).size).toBe(3);
    const kernels = ['auto', 'wasm', 'plain'].map((engine) => specDigest(resolved({ ...dense, engine })));
    expect(new Set([...kernels, specDigest(resolved({ ...dense, tensorflow: { backend: 'wasm' } }))]).size).toBe(1);
  });
});
