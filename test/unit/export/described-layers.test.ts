import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cardText } from '../../../src/export/card-text.js';
import { type PolicyDescription, readDescription } from '../../../src/export/description.js';
import { decodePolicyFile, encodePolicyFile, exportPolicy, loadPolicy } from '../../../src/export/index.js';
import { box, discrete } from '../../../src/spaces/index.js';
import { layersCases, makeCase } from '../../helpers/export/policies.js';

const [pictures, inLevels] = layersCases as readonly [(typeof layersCases)[0], (typeof layersCases)[0]];

type Network = PolicyDescription['spec']['network'];
type Layer = Record<string, unknown>;

/** What becomes of a description whose network is changed. */
function read(change: (network: Record<string, unknown>, layers: Layer[]) => void, made = pictures): PolicyDescription {
  const policy = structuredClone(made.card.policy) as PolicyDescription;
  const network = policy.spec.network as unknown as Record<string, unknown>;
  change(network, network.layers as Layer[]);
  return readDescription(JSON.parse(JSON.stringify(policy)), 'it', made.parameters.length);
}

describe('a description of layers', () => {
  it('comes back as it was', () => {
    for (const { card, parameters } of layersCases) {
      expect(decodePolicyFile(encodePolicyFile(card, parameters), 'it').card).toEqual(card);
    }
  });

  it.each<[string, (network: Record<string, unknown>, layers: Layer[]) => void, string, RegExp]>([
    ['no layers', (network) => delete network.layers, 'POLICY_FILE_INVALID', /layers is no list/],
    ['an empty list', (network) => (network.layers = []), 'POLICY_FILE_INVALID', /at least one layer/],
    [
      '129 layers',
      (network) => (network.layers = new Array(129).fill({ type: 'flatten' })),
      'POLICY_FILE_INVALID',
      /129/,
    ],
    [
      'an unknown layer',
      (_, [layer]) => (layer!.type = 'attention'),
      'EXPORT_UNSUPPORTED',
      /"attention", which is not/,
    ],
    ['an inherited one', (_, [layer]) => (layer!.type = 'toString'), 'EXPORT_UNSUPPORTED', /layers\[0\] is of type/],
    ['an unknown option', (_, [layer]) => (layer!.dilation = 2), 'EXPORT_UNSUPPORTED', /layers\[0\] has "dilation"/],
    [
      'a huge layer',
      (_, layers) => (layers[4]!.units = 2 ** 40),
      'POLICY_FILE_INVALID',
      /units is 1099511627776, more/,
    ],
    [
      'work without end for one row',
      (network) => {
        network.inputs = { words: { offset: 0, shape: [60] } };
        network.layers = [
          { type: 'embedding', count: 2, size: 1024 },
          { type: 'reshape', shape: [256, 240, 1] },
          { type: 'maxPool2d', size: 256, strides: 1, padding: 'same' },
        ];
      },
      'POLICY_FILE_INVALID',
      /layers\/2 brings the network to 4026531840 multiply-adds for each row/,
    ],
    ['no size', (_, [layer]) => delete layer!.filters, 'POLICY_FILE_INVALID', /filters is missing/],
    ['half a size', (_, [layer]) => (layer!.kernelSize = 1.5), 'POLICY_FILE_INVALID', /kernelSize is 1.5/],
    [
      'three strides',
      (_, [layer]) => (layer!.strides = [1, 1, 1]),
      'POLICY_FILE_INVALID',
      /one number of at most 256, or/,
    ],
    ['a padding of its own', (_, [layer]) => (layer!.padding = 'full'), 'POLICY_FILE_INVALID', /padding is "full"/],
    ['ε of 0', (_, layers) => (layers[3]!.epsilon = 0), 'POLICY_FILE_INVALID', /epsilon is 0/],
    ['layers that do not fit', (_, [layer]) => (layer!.type = 'conv1d'), 'POLICY_FILE_INVALID', /kernelSize is \[/],
    [
      'one that is not there',
      (_, layers) => (layers[1]!.of = 'nobody'),
      'POLICY_FILE_INVALID',
      /names "nobody"; before/,
    ],
    ['names of no form', (_, layers) => (layers[1]!.of = '../x'), 'POLICY_FILE_INVALID', /which is no name/],
    [
      'a prototype as input',
      (n) => (n.inputs = JSON.parse('{"__proto__":{}}')),
      'POLICY_FILE_INVALID',
      /1 to 64 inputs/,
    ],
    [
      'inputs beyond the observation',
      (network) => (network.inputs = { picture: { offset: 1, shape: [6, 5, 2] } }),
      'POLICY_FILE_INVALID',
      /ends at number 61 of its input, which has 60/,
    ],
    [
      'inputs beyond all integers',
      (network) => (network.inputs = { picture: { offset: 0, shape: [2 ** 24, 2 ** 24, 2 ** 24, 2 ** 24] } }),
      'POLICY_FILE_INVALID',
      /ends at number/,
    ],
    [
      'ten billion parameters',
      (_, layers) =>
        layers.push({ type: 'flatten' }, { type: 'dense', units: 65_536 }, { type: 'dense', units: 65_536 }),
      'POLICY_FILE_INVALID',
      /brings the network to \d+ parameters; there may be 16777216/,
    ],
    [
      'ten billion numbers on the way, and no parameter more',
      (_, layers) => {
        layers.push({ type: 'flatten', id: 'x0' });
        for (let k = 0; k < 30; k++) layers.push({ type: 'concatenate', id: `x${k + 1}`, of: [`x${k}`, `x${k}`] });
      },
      'POLICY_FILE_INVALID',
      /numbers for each row; there may be 1048576/,
    ],
  ])('is refused with %s', (_, change, code, message) => {
    expect(() => read(change)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('is refused where levels would have a network each', () => {
    const policy = { ...inLevels.card.policy, spec: { ...inLevels.card.policy.spec, levelNetworks: 'separate' } };
    expect(() => readDescription(JSON.parse(JSON.stringify(policy)), 'it', inLevels.parameters.length)).toThrow(
      /levels share a network of kind "layers"/,
    );
  });

  it('that its tensors do not fit is refused, with both counts', async () => {
    const wider = structuredClone(pictures.card);
    ((wider.policy.spec.network as Network).layers![0] as { filters: number }).filters = 5;
    const file = encodePolicyFile(pictures.card, pictures.parameters);
    const text = JSON.stringify(JSON.stringify(pictures.card)).slice(1, -1);
    const other = JSON.stringify(JSON.stringify(wider)).slice(1, -1);
    expect(other.length).toBe(text.length);
    const bytes = new TextDecoder('latin1')
      .decode(file)
      .replace(
        new TextDecoder('latin1').decode(new TextEncoder().encode(text)),
        new TextDecoder('latin1').decode(new TextEncoder().encode(other)),
      );
    await expect(loadPolicy(Uint8Array.from(bytes, (letter) => letter.charCodeAt(0)))).rejects.toMatchObject({
      code: 'POLICY_FILE_MISMATCH',
      message: expect.stringMatching(/acts by \d+ parameters, and \d+ were given/),
    });
  });

  it('is whole or refused, whatever of its text was changed', () => {
    const text = JSON.stringify(pictures.card.policy);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('0', '9', '"', '-', 'e', ']', '_'), (at, letter) => {
        let changed: unknown;
        try {
          changed = JSON.parse(text.slice(0, at) + letter + text.slice(at + 1));
        } catch {
          return;
        }
        try {
          readDescription(changed, 'it', pictures.parameters.length);
        } catch (error) {
          expect((error as { code?: string }).code).toMatch(/^(POLICY|SPACE|EXPORT)_/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is told to people', () => {
    expect(cardText(pictures.card)).toMatch(
      /layers: `picture` 6×5×2 → conv2d → maxPool2d → conv2d → layerNorm → dense/,
    );
  });
});

describe('a table of words', () => {
  it('too long for a layers model to round is refused there', () => {
    const layers = [{ type: 'embedding' as const, count: 2 ** 23 + 1, size: 1 }];
    const network = { kind: 'layers' as const, hidden: [], inputs: { word: { offset: 0, shape: [1] } }, layers };
    const made = makeCase('words', discrete(2), {
      network: { ...network, layers: [{ ...layers[0]!, count: 4 }] },
      observation: box(1),
    });
    const card = {
      ...made.card,
      policy: {
        ...made.card.policy,
        spec: { ...made.card.policy.spec, network: { ...made.card.policy.spec.network, layers } },
      },
    };
    const parameters = new Float32Array(2 ** 23 + 1 + 4);
    expect(() => exportPolicy(card, parameters, 'tfjs')).toThrow(
      expect.objectContaining({ code: 'EXPORT_UNSUPPORTED', message: expect.stringMatching(/8388609 rows/) }),
    );
  });
});
