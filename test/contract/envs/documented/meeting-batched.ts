import { Type } from 'typebox';
import { defineBatchedEnvironment, type EnvironmentBatch } from '../../../../src/envs/index.js';
import { box } from '../../../../src/spaces/index.js';

export const meetingBatched = defineBatchedEnvironment({
  id: 'meeting-v2',
  description: 'Two agents on a line are paid for meeting.',
  options: Type.Object({}),
  create: () => ({
    agents: [
      { id: 'left', observationSpace: box(1), actionSpace: box(1) },
      { id: 'right', observationSpace: box(1), actionSpace: box(1) },
    ],
    state: { places: { dtype: 'f64', shape: [2] }, step: { dtype: 'i32' } },
    reset(batch, instances, count, random) {
      for (let k = 0; k < count; k++) {
        const b = instances[k];
        batch.state.places[b * 2] = -random.uniform();
        batch.state.places[b * 2 + 1] = random.uniform();
        batch.state.step[b] = 0;
        observe(batch, b);
      }
    },
    step(batch) {
      for (let b = 0; b < batch.instances; b++) {
        batch.state.places[b * 2] += batch.action[0][b];
        batch.state.places[b * 2 + 1] += batch.action[1][b];
        const gap = observe(batch, b);
        batch.reward[0][b] = batch.reward[1][b] = -(gap * gap);
        if (++batch.state.step[b] === 50) batch.truncated[b] = 1;
      }
    },
  }),
});

function observe(batch: EnvironmentBatch, b: number): number {
  const gap = batch.state.places[b * 2 + 1] - batch.state.places[b * 2];
  batch.observation[0][b] = gap;
  batch.observation[1][b] = -gap;
  return gap;
}
