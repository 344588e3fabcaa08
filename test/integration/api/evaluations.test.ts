import { expect, it } from 'vitest';
import { createClient } from '../../../client/index.js';
import { listeningApi } from '../../helpers/api/listening.js';
import * as told from '../../helpers/api/told.js';
import { submitJob } from '../../helpers/api/watched.js';

async function setUp(...events: Parameters<typeof told.tell>[2][]) {
  const api = await listeningApi();
  await submitJob(api.broker);
  for (const [term, ofLearner] of events.entries()) await told.tell(api.broker, 'job', ofLearner, term + 1);
  return { ...api, client: createClient({ url: api.url, attempts: 1 }) };
}

const steps = { actions: { buyer: [[1]], seller: [[0]] }, rewards: { buyer: [1], seller: [1] } };

it('shows an evaluation with its game', async () => {
  const game = { ...steps, observations: { buyer: [[0.5]], seller: [[0.25]] }, further: steps };
  const { client } = await setUp([
    told.started(),
    told.evaluation(0),
    told.iteration(1),
    { ...told.evaluation(1), game },
  ]);
  expect(await client.getEvaluation('job', 1)).toMatchObject({
    sequence: 4,
    iteration: 1,
    episodes: 4,
    agents: { buyer: { return: 101 }, seller: { return: 201 } },
    spaces: { 'agent-0': { observationSpace: { kind: 'box' }, actionSpace: { kind: 'box', shape: [1] } } },
    game,
    profiles: [],
  });
  expect(await client.getEvaluation('job', 0)).toMatchObject({ sequence: 2, iteration: 0, game: steps });
});

it('has the one that counts of iterations that were made again, and none that are void', async () => {
  const { client } = await setUp(
    [told.started(), told.iteration(1), told.evaluation(1), told.iteration(2), told.evaluation(2)],
    [told.started(1), told.iteration(2)],
  );
  expect(await client.getEvaluation('job', 1)).toMatchObject({ sequence: 3 });
  await expect(client.getEvaluation('job', 2)).rejects.toMatchObject({ code: 'API_EVALUATION_UNKNOWN', status: 404 });
});

it('forgets those of a job that began anew', async () => {
  const { client } = await setUp([told.started(), told.evaluation(0)], [told.started()]);
  await expect(client.getEvaluation('job', 0)).rejects.toMatchObject({ code: 'API_EVALUATION_UNKNOWN' });
});

it.each(['-1', '1.5', 'newest'])('refuses iteration %s', async (iteration) => {
  const { client } = await setUp([told.started()]);
  await expect(client.getEvaluation('job', iteration as never)).rejects.toMatchObject({
    code: 'API_REQUEST_INVALID',
    pointers: [{ pointer: '/params/iteration' }],
  });
});
