import { describe, expect, it } from 'vitest';
import {
  assertConformance,
  type ConformanceRule,
  checkEnvironment,
  defineEnvironment,
  type EnvironmentBatch,
  type EnvironmentDefinition,
} from '../../../src/envs/index.js';
import {
  binary,
  box,
  composite,
  contains,
  elementSize,
  hierarchical,
  observed,
  type Space,
} from '../../../src/spaces/index.js';
import { afterReset, afterStep, type Change, toy } from './toy-environment.js';

const NOT_A_NUMBER_BITS = 0x7fc0beef;
/** Leaves an element as it was before the environment was called: the suite marks what is not written with this NaN. */
const unwrite = (array: Float32Array, j: number): void => {
  new Uint32Array(array.buffer)[j] = NOT_A_NUMBER_BITS;
};

/** What is wrong, which rule must see it, and the version of the toy that does it. */
const BROKEN: readonly (readonly [string, ConformanceRule, Change])[] = [
  ['declares two agents of one name', 'definition', ({ agents }) => ({ agents: [agents[0], agents[0]] })],
  [
    'throws in a later step',
    'throws',
    afterStep((batch) => {
      if (batch.state.step[1] === 7) throw new Error('no move left');
    }),
  ],
  ['forgets the last observation in step', 'output-written', afterStep((batch) => unwrite(batch.observation[1], 3))],
  [
    'forgets an observation in reset',
    'output-written',
    afterReset((batch, instances) => unwrite(batch.observation[0], instances[0] * 2 + 1)),
  ],
  ['forgets a reward', 'output-written', afterStep((batch) => unwrite(batch.reward[1], 0))],
  ['forgets the mask in step', 'output-written', afterStep((batch) => batch.actionMask[0].fill(255, 0, 2))],
  ['forgets the global state', 'output-written', afterStep((batch) => unwrite(batch.globalState, 2))],
  [
    'writes past the end',
    'array-bounds',
    afterStep((batch) => {
      batch.reward[0][batch.instances] = 1;
    }),
  ],
  [
    'reads before the start',
    'array-bounds',
    afterStep((batch) => {
      batch.reward[0][0] = batch.state.step[-1] ?? -1;
    }),
  ],
  ['observes more than its space', 'observation-space', afterStep((batch) => batch.observation[1].fill(5, 0, 1))],
  [
    'observes NaN',
    'observation-space',
    afterReset((batch, instances) => batch.observation[1].fill(Number.NaN, instances[0], instances[0] + 1)),
  ],
  ['has a global state outside its space', 'observation-space', afterStep((batch) => batch.globalState.fill(-1, 1, 2))],
  [
    'observes bounds of its action that cross',
    'action-bounds',
    ({ agents }) => ({
      agents: [
        agents[0],
        { ...agents[1], observationSpace: box(1), actionSpace: box(1, { low: observed(0), high: 1.5 }) },
      ],
    }),
  ],
  ['pays infinity', 'reward-finite', afterStep((batch) => batch.reward[0].fill(-Infinity, 2, 3))],
  ['forbids every action', 'mask-legal', afterStep((batch) => batch.actionMask[0].fill(0, 4, 6))],
  ['writes 2 into a mask', 'mask-legal', afterStep((batch) => batch.actionMask[0].fill(2, 4, 5))],
  ['writes 2 into a flag', 'flags', afterStep((batch) => batch.truncated.fill(2, 0, 1))],
  [
    'forgets its metric',
    'episode-metric',
    afterStep((batch) => {
      if (batch.terminated[0] === 1) unwrite(batch.episodeMetric[0], 0);
    }),
  ],
  [
    'counts in its metric instead of state',
    'episode-metric',
    (honest) => ({
      step(batch, random) {
        const before = batch.episodeMetric[0].slice();
        honest.step(batch, random);
        batch.episodeMetric[0].set(before.map((value) => value + 1));
      },
    }),
  ],
  ['clips actions in place', 'action-unchanged', afterStep((batch) => batch.action[1].fill(2))],
  [
    'counts environments in its module',
    'deterministic',
    (() => {
      let made = 0;
      return () => {
        const number = made++;
        return afterStep((batch) => batch.reward[0].fill(number))(HONEST_STEP);
      };
    })(),
  ],
  [
    'remembers outside its state',
    'state-complete',
    (honest) => {
      let calls = 0;
      return afterStep((batch) => batch.reward[0].fill(calls++))(honest);
    },
  ],
  [
    'remembers per environment what belongs to a batch',
    'state-complete',
    (honest) => {
      let last = 0;
      return afterStep((batch) => {
        batch.reward[0].fill(last);
        last = batch.state.place[0];
      })(honest);
    },
  ],
  [
    'reads the observation of the step before',
    'state-complete',
    (honest) => {
      let previous = new Float32Array(2);
      return {
        step(batch, random) {
          honest.step(batch, random);
          batch.reward[0].fill(previous[0]);
          previous = batch.observation[0] as Float32Array<ArrayBuffer>;
        },
        reset(batch, instances, count, random) {
          honest.reset(batch, instances, count, random);
          if (count === batch.instances) previous = batch.observation[0] as Float32Array<ArrayBuffer>;
        },
      };
    },
  ],
  [
    'resets every instance that is listed, beyond the count',
    'reset-isolation',
    (honest) => ({
      reset: (batch, instances, _count, random) => honest.reset(batch, instances, instances.length, random),
    }),
  ],
  [
    'clears the step of all at reset',
    'reset-isolation',
    afterReset((batch) => {
      for (let b = 0; b < batch.instances; b++) batch.state.step[b] = 0;
    }),
  ],
  [
    'pays all for the bets of all',
    'instance-isolation',
    afterStep((batch) => {
      const sum = batch.action[1].reduce((total, bet) => total + bet, 0);
      batch.reward[0].fill(sum);
    }),
  ],
  ['draws from Math.random', 'host-random', afterStep(() => void Math.random())],
  ['draws from crypto', 'host-random', afterStep(() => void crypto.getRandomValues(new Uint8Array(1)))],
  ['asks for the time', 'host-clock', afterStep(() => void Date.now())],
  ['makes a date of now', 'host-clock', afterReset(() => void new Date())],
  ['asks for the time that has passed', 'host-clock', afterStep(() => void performance.now())],
];

// The changes that close over a counter made once ask for the honest step themselves.
const HONEST_STEP = toy().create({});

describe('the conformance suite', () => {
  it('finds nothing in an honest environment', () => {
    expect(checkEnvironment(toy())).toEqual({ ok: true, problems: [] });
  });

  it.each(BROKEN)('catches an environment that %s (%s)', (_, rule, change) => {
    const { ok, problems } = checkEnvironment(toy(change));
    expect(problems.map((problem) => problem.rule)).toContain(rule);
    expect(ok).toBe(false);
  });

  it.each([
    ['exp', () => Math.exp(1)],
    ['sin', () => Math.sin(1)],
    ['cbrt', () => Math.cbrt(2)],
    ['tanh', () => Math.tanh(1)],
  ])('warns of Math.%s, which is no error', (name, use) => {
    const { ok, problems } = checkEnvironment(toy(afterStep(() => void use())));
    expect(ok).toBe(true);
    expect(problems).toEqual([
      { rule: 'host-math', severity: 'warning', message: expect.stringContaining(`Math.${name}`) },
    ]);
  });

  it('lets a date of given numbers and exact functions pass', () => {
    const exact = afterStep(() => void [new Date(0), Math.sqrt(2), Math.abs(-1), Math.fround(0.1)]);
    expect(checkEnvironment(toy(exact)).problems).toEqual([]);
  });

  it('notes that no episode ended', () => {
    const { ok, problems } = checkEnvironment(toy(), {}, { steps: 9 });
    expect(ok).toBe(true);
    expect(problems).toEqual([{ rule: 'episode-ends', severity: 'note', message: expect.any(String) }]);
  });

  it('lets instances share a stream', () => {
    const dice = afterStep((batch, random) => {
      // Whoever moves up throws the dice: what is left in the stream for the first instance depends on the others.
      for (let b = batch.instances - 1; b >= 0; b--) {
        if (batch.action[0][b] === 1) batch.reward[0][b] = random.uniform();
      }
    });
    expect(checkEnvironment(toy(dice)).problems).toEqual([]);
  });

  it('puts the host’s functions back, also after an error', () => {
    const before = [Math.random, Math.exp, Date, Date.now, performance.now, crypto.getRandomValues];
    checkEnvironment(
      toy(
        afterStep(() => {
          throw new Error('half way');
        }),
      ),
    );
    expect([Math.random, Math.exp, Date, Date.now, performance.now, crypto.getRandomValues]).toEqual(before);
    expect(Object.hasOwn(performance, 'now')).toBe(false);
  });

  it.each<[string, Space]>([
    ['bounds', box(2, { low: observed(0), high: observed(1) })],
    ['a reservation', composite('seller', observed(0))],
    [
      'levels',
      hierarchical([
        { name: 'enter', space: binary() },
        { name: 'price', space: box(1, { low: observed(0), high: observed(1) }), when: { level: 'enter', is: [1] } },
      ]),
    ],
  ])('acts within %s read off the latest observation, in everything that it tries', (_, actionSpace) => {
    const size = elementSize(actionSpace);
    /** Moves its bounds at every step, and relies on actions being inside. */
    const moving = toy(() => ({
      agents: [{ id: 'actor', observationSpace: box(2), actionSpace }],
      state: { bounds: { dtype: 'f64', shape: [2] }, step: { dtype: 'i32' } },
      reset(batch, instances, count, random) {
        for (let k = 0; k < count; k++) {
          batch.state.step[instances[k]] = 0;
          move(batch, instances[k], random.integer(100));
        }
      },
      step(batch) {
        const { bounds, step } = batch.state;
        for (let b = 0; b < batch.instances; b++) {
          if (!contains(actionSpace, batch.action[0], b * size, { values: bounds, offset: b * 2 })) {
            throw new Error(`${batch.action[0].slice(b * size, (b + 1) * size)} is outside, from ${bounds[b * 2]}`);
          }
          batch.reward[0][b] = 1;
          batch.episodeMetric[0][b] = ++step[b];
          if (step[b] === 5) batch.terminated[b] = 1;
          move(batch, b, bounds[b * 2] + 10);
        }
      },
    }));
    const move = (batch: EnvironmentBatch, b: number, low: number): void => {
      batch.state.bounds.set([low, low + 1], b * 2);
      batch.observation[0].set([low, low + 1], b * 2);
      batch.globalState[b] = 0;
    };
    expect(checkEnvironment(moving).problems).toEqual([]);
  });

  it('checks environments of the single-instance form', () => {
    const walk = (wrong: boolean): EnvironmentDefinition =>
      defineEnvironment({
        id: 'walk-v1',
        agents: { walker: { observation: box(2), action: box(1) } },
        state: { place: { dtype: 'f64' }, step: { dtype: 'i32' } },
        reset: ({ observation, state }) => void observation.walker.set([state.place[0], 0]),
        step(instance) {
          const { state, action, observation, reward } = instance;
          state.place[0] += action.walker[0];
          observation.walker[0] = state.place[0];
          if (!wrong) observation.walker[1] = action.walker[0];
          reward.walker[0] = -state.place[0];
          instance.truncated = ++state.step[0] === 20;
        },
      });
    expect(checkEnvironment(walk(false)).problems).toEqual([]);
    expect(checkEnvironment(walk(true)).problems.map(({ rule }) => rule)).toContain('observation-space');
  });
});

describe('assertConformance', () => {
  it('throws with every problem', () => {
    const wrong = toy(
      afterStep((batch) => {
        batch.truncated.fill(2, 0, 1);
        batch.reward[0].fill(Math.random());
      }),
    );
    expect(() => assertConformance(wrong)).toThrow(
      expect.objectContaining({
        code: 'ENV_CONFORMANCE_FAILED',
        message: expect.stringMatching(/flags(.|\n)*host-random/),
      }),
    );
  });

  it('lets warnings pass', () => {
    expect(() => assertConformance(toy(afterStep(() => void Math.exp(1))))).not.toThrow();
  });
});
