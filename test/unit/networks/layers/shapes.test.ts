import { describe, expect, it } from 'vitest';
import { MarlinError } from '../../../../src/base/index.js';
import { type LayersDescription, placeLayers } from '../../../../src/networks/spec.js';

const picture = { picture: { offset: 0, shape: [4, 5, 2] } };

/** The path of the field that is at fault, and why. */
function faultOf(description: LayersDescription, inputSize = 40): readonly [string, string] {
  try {
    placeLayers(description, inputSize);
  } catch (error) {
    if (!(error instanceof MarlinError) || error.code !== 'NETWORK_DESCRIPTION_INVALID') throw error;
    const { at, problem } = error.data as { at: readonly (string | number)[]; problem: string };
    return [at.join('/'), problem];
  }
  throw new Error('nothing was refused');
}

describe('placed layers', () => {
  it('work on the whole observation where no inputs are named', () => {
    const { inputs, layers, featureSize } = placeLayers({ layers: [{ type: 'dense', units: 3 }] }, 7);
    expect(inputs).toEqual([{ name: 'observation', offset: 0, shape: [7] }]);
    expect(layers[0]).toMatchObject({ shape: [3], of: [0] });
    expect(featureSize).toBe(3);
  });

  it('have parameters one after the other, and count what they make', () => {
    const placed = placeLayers(
      {
        inputs: picture,
        layers: [
          { type: 'conv2d', id: 'seen', filters: 3, kernelSize: [2, 3] },
          { type: 'layerNorm' },
          { type: 'flatten' },
          { type: 'dense', units: 2 },
        ],
      },
      40,
    );
    expect(placed.layers.flatMap(({ parts }) => parts.map(({ name, offset }) => [name, offset]))).toEqual([
      ['layers.seen.weights', 0],
      ['layers.seen.bias', 36],
      ['layers.1.gain', 39],
      ['layers.1.bias', 42],
      ['layers.3.weights', 45],
      ['layers.3.bias', 99],
    ]);
    expect(placed.parameterCount).toBe(101);
    expect(placed.activations).toBe(3 * (3 * 3 * 3) + 2);
    expect(placed.work).toBe(3 * 3 * (2 * 3 * 2 * 3) + 27 * 2);
  });

  it.each<[string, LayersDescription['layers'] & object, number]>([
    [
      'a filter over steps, at every place',
      [
        { type: 'reshape', shape: [20, 2] },
        { type: 'conv1d', filters: 3, kernelSize: 4 },
      ],
      17 * (4 * 2 * 3),
    ],
    [
      'strides',
      [
        { type: 'reshape', shape: [4, 5, 2] },
        { type: 'conv2d', filters: 3, kernelSize: 2, strides: 2, padding: 'same' },
      ],
      2 * 3 * (2 * 2 * 2 * 3),
    ],
    [
      'the greatest of windows',
      [
        { type: 'reshape', shape: [4, 5, 2] },
        { type: 'maxPool2d', size: [2, 3], strides: 1 },
      ],
      3 * 3 * 2 * (2 * 3),
    ],
    [
      'a dense layer on every vector',
      [
        { type: 'reshape', shape: [4, 10] },
        { type: 'dense', units: 3 },
      ],
      4 * (10 * 3),
    ],
    ['a table, which is looked up', [{ type: 'embedding', count: 9, size: 5 }], 0],
    [
      'gates',
      [
        { type: 'gru', units: 3 },
        { type: 'lstm', units: 2 },
      ],
      (40 + 3) * 9 + (3 + 2) * 8,
    ],
  ])('know the work of %s', (_, layers, work) => {
    expect(placeLayers({ layers }, 40).work).toBe(work);
  });

  it('may take so much work, and no more', () => {
    const layers = (filters: number) => [
      { type: 'conv2d' as const, filters, kernelSize: 64, padding: 'same' as const },
    ];
    const inputs = { picture: { offset: 0, shape: [64, 64, 1] } };
    expect(placeLayers({ inputs, layers: layers(64) }, 4096).work).toBe(2 ** 30);
    expect(faultOf({ inputs, layers: layers(65) }, 4096)).toEqual([
      'layers/0',
      'brings the network to 1090519040 multiply-adds for each row; there may be 1073741824; use larger strides, or smaller windows',
    ]);
    const pooled = [{ type: 'maxPool2d' as const, size: 256, strides: 1, padding: 'same' as const }];
    const large = { picture: { offset: 0, shape: [256, 256, 1] } };
    expect(faultOf({ inputs: large, layers: pooled }, 65_536)[1]).toMatch(/to 4294967296 multiply-adds/);
  });

  it.each<[string, LayersDescription, string, RegExp]>([
    ['no layers', {}, 'layers', /at least one/],
    [
      'an input beyond the observation',
      { inputs: { far: { offset: 30, shape: [11] } }, layers: [{ type: 'flatten' }] },
      'inputs/far',
      /ends at number 41 .* has 40/,
    ],
    [
      'a layer of nothing',
      { layers: [{ type: 'dense', units: 1, of: 'gone' }] },
      'layers/0/of',
      /"gone"; before this layer there are observation/,
    ],
    ['a layer of itself', { layers: [{ type: 'dense', id: 'me', units: 1, of: 'me' }] }, 'layers/0/of', /names "me"/],
    [
      'one of several inputs, not said which',
      { inputs: { ...picture, other: { offset: 0, shape: [2] } }, layers: [{ type: 'flatten' }] },
      'layers/0',
      /one of 2 inputs/,
    ],
    [
      'a name twice',
      {
        layers: [
          { type: 'dense', id: 'a', units: 1 },
          { type: 'dense', id: 'a', units: 1 },
        ],
      },
      'layers/1/id',
      /taken by an earlier/,
    ],
    [
      'a picture of no picture',
      { layers: [{ type: 'conv2d', filters: 1, kernelSize: 1 }] },
      'layers/0',
      /\[height, width/,
    ],
    [
      'a filter that is larger than the picture',
      { inputs: picture, layers: [{ type: 'conv2d', filters: 1, kernelSize: 5 }] },
      'layers/0',
      /sees 5 at once, but its input has 4/,
    ],
    [
      'a shape of another size',
      { inputs: picture, layers: [{ type: 'reshape', shape: [3, 13] }] },
      'layers/0/shape',
      /39 numbers/,
    ],
    [
      'unlike summands',
      {
        layers: [
          { type: 'dense', id: 'a', units: 2 },
          { type: 'add', of: ['a', 'observation'] },
        ],
      },
      'layers/1/of',
      /\[2\] and \[40\]/,
    ],
    [
      'parts that do not join',
      {
        inputs: { ...picture, other: { offset: 0, shape: [2, 2] } },
        layers: [{ type: 'concatenate', of: ['picture', 'other'] }],
      },
      'layers/0/of',
      /but for the last/,
    ],
    [
      'ten gigabytes of weights',
      {
        layers: [
          { type: 'dense', units: 65_536 },
          { type: 'dense', units: 40_000 },
        ],
      },
      'layers/1',
      /parameters; there may be 16777216/,
    ],
    [
      'a table of a gigabyte',
      { layers: [{ type: 'embedding', count: 16_777_216, size: 65_536 }] },
      'layers/0',
      /parameters; there may be/,
    ],
    [
      'more outputs for each row than there may be',
      { inputs: { one: { offset: 0, shape: [40, 1] } }, layers: [{ type: 'dense', units: 65_536 }] },
      'layers/0',
      /2621440 numbers for each row; there may be 1048576/,
    ],
  ])('refuse %s', (_, description, at, problem) => {
    const [place, why] = faultOf(description);
    expect(place).toBe(at);
    expect(why).toMatch(problem);
  });
});
