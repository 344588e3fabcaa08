import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createClient } from '../../../client/index.js';
import { createFileCheckpointStore } from '../../../src/checkpoints/index.js';
import { type LoadedPolicy, openLoadedPolicy } from '../../../src/export/index.js';
import { readStates } from '../../../src/serving/states.js';
import { listeningApi } from '../../helpers/api/listening.js';
import { quickJob, trainJob } from '../../helpers/api/trained.js';

/** Numbers that the policy below remembers. */
const S = 12;
const STEPS = 6;

/** A served policy with a memory, the same one as the library has it, and observations of an episode. */
async function setUp() {
  const api = await listeningApi();
  await trainJob(api, {
    ...quickJob,
    env: { id: 'cue-recall-v1' },
    policies: { '*': { network: { hidden: [6], recurrent: { kind: 'gru', size: S } } } },
    stop: { iterations: 2 },
  });
  const client = createClient({ url: api.url, attempts: 1 });
  const served = await client.servePolicy('a', { job: 'job', checkpoint: 'newest' });
  const { checkpoint } = (await createFileCheckpointStore(join(api.context.options.checkpointFolder, 'job')).newest())!;
  const local = openLoadedPolicy(checkpoint);
  const F = served.observationSize;
  const observations = Array.from({ length: STEPS }, (_, t) =>
    Array.from({ length: F }, (_, j) => Math.fround(0.1 + 0.8 * Math.abs(Math.sin(3 * t + j)))),
  );
  return { api, client, served, local, observations };
}

/** What the library does in the episode: actions and states after each step. */
function playLocally(local: LoadedPolicy, observations: readonly number[][], seed?: number) {
  const state = new Float32Array(S);
  return observations.map((observation) => {
    const action = [...local.act(observation, { state, ...(seed === undefined ? {} : { seed }) })];
    return { action, state: state.slice() };
  });
}

const textOf = (state: Float32Array): string => Buffer.from(state.buffer).toString('base64');

it('acts over episodes as the library does, the state going to and fro', async () => {
  const { client, served, local, observations } = await setUp();
  expect(served.stateSize).toBe(S);
  const masks = new Uint8Array(3 * served.maskSize).fill(1);
  const mask = masks.subarray(served.maskSize * 2);
  for (const seed of [undefined, 7]) {
    const expected = playLocally(local, observations, seed);
    const manner = seed === undefined ? {} : { sample: true, seed };
    let state: string | null = null;
    let states = new Float32Array(S);
    for (const [t, observation] of observations.entries()) {
      const one = await client.act('a', { observation, state, ...manner });
      expect([one.action, one.state]).toEqual([expected[t]!.action, textOf(expected[t]!.state)]);
      state = one.state!;
      const rows = await client.actRows('a', Float32Array.from(observation), { states, masks: mask, ...manner });
      expect([[...rows.actions], rows.states]).toEqual([expected[t]!.action, expected[t]!.state]);
      states = rows.states.slice();
    }
    // What is remembered counts: at the beginning of an episode the last observation gives another state.
    expect((await client.act('a', { observation: observations.at(-1)!, ...manner })).state).not.toBe(state);
  }

  // Episodes at different steps in one request; the third row begins one.
  const expected = playLocally(local, observations);
  const steps = [4, 2, 0];
  const before = steps.map((t) => (t === 0 ? null : expected[t - 1]!.state));
  const body = {
    observations: steps.map((t) => observations[t]!),
    states: before.map((state) => state && textOf(state)),
  };
  const answer = await client.actBatch('a', body);
  expect(answer.actions).toEqual(steps.map((t) => expected[t]!.action));
  expect(answer.states).toEqual(steps.map((t) => textOf(expected[t]!.state)));
  const rows = await client.actRows('a', Float32Array.from(body.observations.flat()), {
    states: Float32Array.from(before.flatMap((state) => [...(state ?? new Float32Array(S))])),
    masks,
  });
  expect([...rows.states]).toEqual(steps.flatMap((t) => [...expected[t]!.state]));
  // Without any, all of them begin.
  const begun = await client.actBatch('a', { observations: [observations[0]!, observations[0]!] });
  expect(begun.states).toEqual([textOf(expected[0]!.state), textOf(expected[0]!.state)]);
});

it('refuses a state that is none of its policy, with the place', async () => {
  const { api, client, served, observations } = await setUp();
  const observation = observations[0]!;
  const infinite = new Float32Array(S);
  infinite[5] = Number.NaN;
  const REFUSED: readonly (readonly [string, object, string])[] = [
    ['of another length', { observation, state: textOf(new Float32Array(S + 1)) }, '/state'],
    ['cut short', { observation, state: textOf(new Float32Array(S)).slice(0, -4) }, '/state'],
    ['no base64', { observation, state: '*'.repeat(textOf(infinite).length) }, '/state'],
    ['numbers', { observation, state: [...new Float32Array(S)] }, '/state'],
    ['not finite', { observation, state: textOf(infinite) }, '/state'],
    ['one of two', { observations: [observation, observation], states: [null] }, '/states'],
    ['the second', { observations: [observation, observation], states: [null, 'AAAA'] }, '/states/1'],
    ['several for one', { observation, states: [null] }, '/states'],
  ];
  const act = (payload: object, headers = {}) =>
    api.app.inject({ method: 'POST', url: '/v1/policies/a/act', payload, headers });
  for (const [what, payload, pointer] of REFUSED) {
    expect((await act(payload)).json(), what).toMatchObject({
      code: 'SERVING_REQUEST_INVALID',
      pointers: [{ pointer }],
    });
  }
  const octets = { 'content-type': 'application/octet-stream' };
  const bytes = Buffer.from(Float32Array.from([...observation, ...infinite, 0]).buffer);
  expect((await act(bytes, octets)).json()).toMatchObject({ pointers: [{ pointer: '/states/0' }] });
  expect((await act(bytes.subarray(0, 4 * served.observationSize), octets)).statusCode).toBe(400);
  const told = vi.fn();
  expect(readStates(undefined, 2 ** 22, 2, String, told)).toHaveLength(0);
  expect(told).toHaveBeenCalledTimes(1);

  await trainJob(api, quickJob, { jobId: 'plain' });
  const plain = await client.servePolicy('plain', { job: 'plain', checkpoint: 'newest', policy: 'agent-0' });
  expect(plain.stateSize).toBe(0);
  expect(await client.act('plain', { observation: [0.5] })).not.toHaveProperty('state');
  await expect(client.act('plain', { observation: [0.5], state: 'AAAA' })).rejects.toMatchObject({
    code: 'SERVING_REQUEST_INVALID',
  });
});
