import { expect, it } from 'vitest';
import { createClient } from '../../../client/index.js';
import { listeningApi } from '../../helpers/api/listening.js';
import { trainJob } from '../../helpers/api/trained.js';

it('serves, lists, asks and forgets policies', async () => {
  const api = await listeningApi();
  const { team } = await trainJob(api);
  const client = createClient({ url: api.url, attempts: 1 });
  const body = { job: 'job', checkpoint: 'newest', policy: 'agent-0' } as const;
  const served = await client.servePolicy('prices', body);
  expect(await client.listPolicies()).toEqual([served]);
  expect(await client.getPolicy('prices')).toEqual(served);
  await expect(client.servePolicy('prices', { ...body, checkpoint: 2 })).rejects.toMatchObject({ status: 412 });

  const actor = { seed: null, revision: served.revision, checkpoint: 4, digest: served.digest };
  const expected = [0.25, 0.5].map((price) => [...team.act('agent-0', [price])]);
  expect(await client.act('prices', { observation: [0.25] })).toEqual({ action: expected[0], ...actor });
  const observations = [[0.25], [0.5]];
  expect(await client.actBatch('prices', { observations })).toEqual({ actions: expected, ...actor });
  const rows = await client.actRows('prices', Float32Array.from(observations.flat()));
  expect(rows).toEqual({ ...actor, actions: Float32Array.from(expected.flat()), states: new Float32Array() });
  const drawn = await client.actRows('prices', Float32Array.of(0.25), { sample: true, agent: 'agent-0' });
  const again = await client.act('prices', { observation: [0.25], sample: true, seed: drawn.seed! });
  expect(again.action).toEqual([...drawn.actions]);

  const { revision } = await client.servePolicy('prices', { ...body, checkpoint: 2 }, { revision: served.revision });
  expect(revision).toBeGreaterThan(served.revision);
  expect(await client.act('prices', { observation: [0.25] })).toMatchObject({ checkpoint: 2, revision });
  await client.servePolicy('prices', body, { revision: 'any' });
  await expect(client.stopServingPolicy('prices', { revision })).rejects.toMatchObject({ status: 412 });
  await client.stopServingPolicy('prices');
  await expect(client.act('prices', { observation: [0.25] })).rejects.toMatchObject({
    code: 'API_POLICY_UNKNOWN',
  });
});
