import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLoadedPolicy, exportPolicy, type NamedFile, type PolicyCard } from '../../../src/export/index.js';
import { decide } from '../../helpers/export/decide.js';
import { layersCases, look, policyCases, recurrentCases, trainedModes } from '../../helpers/export/policies.js';

const ROWS = 40;

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The models of an export, by level, loaded as TensorFlow.js loads them from their files. */
async function loadModels(files: readonly NamedFile[]) {
  const models = new Map<string | null, { model: tf.LayersModel; card: PolicyCard }>();
  for (const { path, bytes } of files.filter((file) => file.path.endsWith('model.json'))) {
    const json = JSON.parse(new TextDecoder().decode(bytes));
    const [{ paths, weights }] = json.weightsManifest;
    const beside = path.replace('model.json', paths[0]);
    const data = files.find((file) => file.path === beside)!.bytes as Uint8Array<ArrayBuffer>;
    const model = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology: json.modelTopology, weightSpecs: weights, weightData: data.slice().buffer }),
    );
    const [, level, last] = path.split('/');
    models.set(last === undefined ? null : level!, { model, card: json.userDefinedMetadata.marlin });
  }
  return models;
}

describe.each([...policyCases, ...layersCases])('as layers models of TensorFlow.js: $name', (made) => {
  it('acts as it does here, within 1e-5, by the rules of its card', async () => {
    const models = await loadModels(exportPolicy(made.card, made.parameters, 'tfjs').model);
    const seen = look(made, ROWS);
    const expected = trainedModes(made, seen);
    const [F, M, A] = [seen.observations.length / ROWS, seen.mask.length / ROWS, expected.length / ROWS];
    let worst = 0;
    for (let b = 0; b < ROWS; b++) {
      const observation = [...seen.observations.subarray(b * F, (b + 1) * F)];
      const row = { observation, mask: [...seen.mask.subarray(b * M, (b + 1) * M)] };
      const action = decide([...models.values()][0]!.card, row, (level, earlier) =>
        tf.tidy(() => {
          const inputs = [observation, ...(earlier.length === 0 ? [] : [earlier])].map((numbers) =>
            tf.tensor2d([[...numbers]]),
          );
          return (models.get(level)!.model.predict(inputs) as tf.Tensor).dataSync();
        }),
      );
      for (let j = 0; j < A; j++) worst = Math.max(worst, Math.abs(action[j]! - expected[b * A + j]!));
    }
    expect(worst).toBeLessThan(1e-5);
    for (const { model } of models.values()) model.dispose();
  });
});

describe.each(recurrentCases)('as layers models of TensorFlow.js: $name', (made) => {
  it('remembers as it does here, step after step', async () => {
    const models = await loadModels(exportPolicy(made.card, made.parameters, 'tfjs').model);
    const policy = createLoadedPolicy(made.card, made.parameters);
    const state = new Float32Array(policy.stateSize);
    let carried = [...state];
    for (let t = 0; t < 5; t++) {
      const observation = [...look(made, 1, t).observations];
      const expected = policy.act(observation, { state });
      let next: number[] = [];
      const action = decide(made.card, { observation, mask: [] }, (level, earlier) =>
        tf.tidy(() => {
          const { model } = models.get(level)!;
          const given: Record<string, readonly number[]> = { observation, earlier, state: carried };
          const inputs = model.inputNames.map((name) => tf.tensor2d([[...given[name]!]]));
          const [outputs, after] = model.predict(inputs) as tf.Tensor[];
          next = [...after!.dataSync()];
          return outputs!.dataSync();
        }),
      );
      carried = next;
      for (const [j, value] of expected.entries()) expect(Math.abs(action[j]! - value)).toBeLessThan(1e-5);
      for (const [j, value] of state.entries()) expect(Math.abs(carried[j]! - value)).toBeLessThan(1e-5);
    }
  });
});
