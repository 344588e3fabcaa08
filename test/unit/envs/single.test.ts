import { Type } from 'typebox';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { RandomStream } from '../../../src/base/index.js';
import { createBatch, createEnvironment, createStepper, defineEnvironment } from '../../../src/envs/index.js';
import { box, discrete } from '../../../src/spaces/index.js';

const random = new RandomStream(1, 'test');

/** A buyer and a seller who meet at a price, written as an author would. */
const market = defineEnvironment({
  id: 'market-v1',
  options: Type.Object({ rounds: Type.Integer({ default: 3, minimum: 1 }) }),
  agents: {
    buyer: { observation: box(2), action: box(1) },
    seller: { observation: box(1), action: discrete(3), masked: true },
  },
  state: { round: { dtype: 'i32' }, prices: { dtype: 'f64', shape: [2] } },
  rewardHeads: ['profit', 'fee'],
  episodeMetrics: ['trades'],
  globalState: box(1),
  reset({ state, observation, globalState }) {
    state.prices[0] = 0.5;
    observation.buyer.set([0, 0]);
    observation.seller[0] = state.prices[1];
    globalState[0] = -1;
  },
  step(instance, _random, { rounds }) {
    const { state, observation, action, reward, actionMask, episodeMetric, globalState } = instance;
    state.round[0]++;
    state.prices[1] = action.buyer[0];
    if (action.seller[0] === 1) reward.seller[0] = state.prices[1];
    reward.buyer[1] = -state.round[0];
    observation.buyer.set([state.round[0], action.seller[0]]);
    observation.seller[0] = state.prices[1];
    actionMask.seller[2] = 0;
    globalState[0] = state.round[0];
    if (state.round[0] === rounds) {
      instance.terminated = true;
      episodeMetric.buyer[0] = state.round[0];
    }
    if (action.seller[0] === 2) instance.truncated = true;
  },
});

describe('defineEnvironment', () => {
  it('runs every instance by its own state, actions and outputs', () => {
    const environment = createEnvironment(market, { rounds: 2 });
    const batch = createBatch(environment, 2);
    const finals: unknown[] = [];
    const stepper = createStepper(environment, batch, {
      environmentId: market.id,
      onEnded: (ended, count) => finals.push([[...ended.subarray(0, count)], [...batch.observation[0]]]),
    });
    stepper.resetAll(random);
    expect([...batch.state.prices]).toEqual([0.5, 0, 0.5, 0]);
    expect([...batch.globalState]).toEqual([-1, -1]);
    expect([...batch.actionMask[1]]).toEqual([1, 1, 1, 1, 1, 1]);
    batch.action[0].set([4, 5]);
    batch.action[1].set([1, 2]);
    stepper.step(random);
    expect([...batch.reward[0]]).toEqual([0, -1, 0, -1]);
    expect([...batch.reward[1]]).toEqual([4, 0, 0, 0]);
    expect([...batch.truncated]).toEqual([0, 1]);
    expect([...batch.actionMask[1]]).toEqual([1, 1, 0, 1, 1, 1]);
    expect(finals).toEqual([[[1], [1, 1, 1, 2]]]);
    expect([...batch.observation[0]]).toEqual([1, 1, 0, 0]);
    batch.action[1].set([0, 0]);
    stepper.step(random);
    expect([...batch.terminated]).toEqual([1, 0]);
    expect([...batch.episodeMetric[0]]).toEqual([2, 0]);
    expect([...batch.reward[1]]).toEqual([0, 0, 0, 0]);
  });

  it('lets nothing leak from one instance to the next', () => {
    const forgetful = defineEnvironment({
      id: 'forgetful-v1',
      agents: { a: { observation: box(1), action: box(1) } },
      state: { seen: { dtype: 'f32' } },
      reset({ state, observation }) {
        state.seen[0] += 1;
        observation.a[0] = state.seen[0];
      },
      step(instance) {
        if (instance.action.a[0] === 0) return;
        instance.observation.a[0] = 5;
        instance.reward.a[0] = 5;
        instance.truncated = true;
      },
    });
    const environment = createEnvironment(forgetful);
    const batch = createBatch(environment, 2);
    const stepper = createStepper(environment, batch, { environmentId: forgetful.id });
    stepper.resetAll(random);
    expect([...batch.observation[0]]).toEqual([1, 1]);
    batch.action[0].set([1, 0]);
    stepper.step(random);
    expect([...batch.reward[0]]).toEqual([5, 0]);
    expect([...batch.truncated]).toEqual([1, 0]);
    expect(() => stepper.assertFinite()).toThrow(/observation of agent "a", instance 1, element 0 is NaN/);
  });

  it('takes agents, state and global state as functions of the options', () => {
    const ring = defineEnvironment({
      id: 'ring-v1',
      options: Type.Object({ players: Type.Integer({ default: 2 }) }),
      agents: ({ players }) =>
        Array.from({ length: players }, (_, i) => ({ id: `p${i}`, observationSpace: box(1), actionSpace: box(1) })),
      state: ({ players }) => ({ last: { dtype: 'f32', shape: [players] } }),
      globalState: ({ players }) => box(players),
      reset: ({ observation }) => void observation.p0.fill(0),
      step: ({ state, action }) => state.last.set(action.p0),
    });
    const environment = createEnvironment(ring, { players: 4 });
    expect(environment.agents.map((agent) => agent.id)).toEqual(['p0', 'p1', 'p2', 'p3']);
    expect(createBatch(environment, 2).state.last).toHaveLength(8);
    expect(createBatch(environment, 2).globalState).toHaveLength(8);
  });

  it('passes on what is declared for metrics and reports, and checks it', () => {
    const declared = {
      rewardHeads: ['profit', 'fee'],
      returnHead: 'profit',
      episodeMetrics: ['trades', 'offers'],
      ratioMetrics: { tradeShare: ['trades', 'offers'] },
      profiles: [{ agent: 'a', label: 'x', quantity: 'y', element: 0, points: [0], observations: [[0]] }],
    } as const;
    const reported = (reporting: object) =>
      defineEnvironment({
        id: 'reported-v1',
        agents: { a: { observation: box(1), action: box(1) } },
        ...reporting,
        reset: ({ observation }) => void observation.a.fill(0),
        step: () => {},
      });
    const environment = createEnvironment(reported(declared));
    expect(environment).toMatchObject(declared);
    // What is left out is left out.
    const bare = Object.keys(createEnvironment(reported({})));
    expect(Object.keys(declared).filter((name) => bare.includes(name))).toEqual([]);
    for (const [where, wrong] of Object.entries({
      returnHead: { returnHead: 'fees' },
      'ratioMetrics.share': { ratioMetrics: { share: ['trades', 'asks'] } },
      'profiles[0]': { profiles: [{ ...declared.profiles[0], agent: 'b' }] },
    })) {
      expect(() => createEnvironment(reported({ ...declared, ...wrong }))).toThrow(
        expect.objectContaining({ code: 'ENV_DEFINITION_INVALID', data: { environment: 'reported-v1', where } }),
      );
    }
  });

  it('says which instance failed', () => {
    const broken = defineEnvironment({
      id: 'broken-v1',
      agents: { a: { observation: box(1), action: box(1) } },
      reset: ({ observation }) => void observation.a.fill(0),
      step({ action }) {
        if (action.a[0] === 3) throw new RangeError('three');
      },
    });
    const environment = createEnvironment(broken);
    const batch = createBatch(environment, 3);
    const stepper = createStepper(environment, batch, { environmentId: broken.id });
    stepper.resetAll(random);
    batch.action[0][1] = 3;
    expect(() => stepper.step(random)).toThrow(
      expect.objectContaining({
        code: 'ENV_STEP_FAILED',
        data: { environment: 'broken-v1', phase: 'step', instance: 1 },
        cause: expect.any(RangeError),
      }),
    );
  });

  it('refuses memory beside the state', () => {
    const hoarder = defineEnvironment({
      id: 'hoarder-v1',
      agents: { a: { observation: box(1), action: box(1) } },
      reset: (instance) => void Object.assign(instance, { secret: 1 }),
      step: () => {},
    });
    const environment = createEnvironment(hoarder);
    const stepper = createStepper(environment, createBatch(environment, 1), { environmentId: hoarder.id });
    expect(() => stepper.resetAll(random)).toThrow(/secret/);
  });

  it('reports a wrong declaration as one', () => {
    const wrong = defineEnvironment({
      id: 'wrong-v1',
      agents: { a: { observation: box(1), action: box(1) } },
      state: { x: { dtype: 'f16' as 'f32' } },
      reset: () => {},
      step: () => {},
    });
    expect(() => createEnvironment(wrong)).toThrow(expect.objectContaining({ code: 'ENV_DEFINITION_INVALID' }));
  });

  it('types state by dtype, agents by id and options by schema', () => {
    defineEnvironment({
      id: 'typed-v1',
      options: Type.Object({ size: Type.Integer({ default: 1 }) }),
      agents: [{ id: 'left', observationSpace: box(1), actionSpace: box(1) }],
      state: { clock: { dtype: 'i32' }, map: { dtype: 'u8', shape: [4] }, x: { dtype: 'f64' }, y: { dtype: 'f32' } },
      reset({ state, observation }, stream, options) {
        expectTypeOf(state.clock).toEqualTypeOf<Int32Array>();
        expectTypeOf(state.map).toEqualTypeOf<Uint8Array>();
        expectTypeOf(state.x).toEqualTypeOf<Float64Array>();
        expectTypeOf(state.y).toEqualTypeOf<Float32Array>();
        expectTypeOf<keyof typeof observation>().toEqualTypeOf<'left'>();
        expectTypeOf(stream).toEqualTypeOf<RandomStream>();
        expectTypeOf(options).toEqualTypeOf<{ size: number }>();
      },
      step: () => {},
    });
  });
});
