import { describe, expect, it } from 'vitest';
import { faultText, withoutPlaces } from '../../../dashboard/fault-text.js';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatShort,
} from '../../../dashboard/format.js';
import { isWaiting, nameSome, worksOn } from '../../../dashboard/learner-text.js';
import { describeLevels, describeSpace } from '../../../dashboard/pages/environments/describe-space.js';
import { optionRows } from '../../../dashboard/pages/environments/option-rows.js';
import { Rates } from '../../../dashboard/pages/fleet/rates.js';
import { lagText } from '../../../dashboard/pages/job/lag-text.js';
import { curveOf } from '../../../dashboard/pages/jobs/curve.js';
import { addressOf, filters, jobFilterOf, readFilter } from '../../../dashboard/pages/jobs/filter.js';
import { readRoute } from '../../../dashboard/route.js';
import { scheduleOf } from '../../../src/jobs/index.js';
import { median, resolved } from '../jobs/catalogs.js';

describe('addresses', () => {
  it.each([
    ['/dashboard/', '', { name: 'jobs' }],
    ['/dashboard', '', { name: 'jobs' }],
    ['/dashboard/launch', 'env=a', { name: 'launch' }],
    ['/dashboard/jobs/a%20b', '', { name: 'job', id: 'a b' }],
    ['/dashboard/jobs/%zz', '', { name: 'job', id: '%zz' }],
    ['/dashboard/compare', 'jobs=a,,b', { name: 'compare', jobs: ['a', 'b'] }],
    ['/dashboard/compare', '', { name: 'compare', jobs: [] }],
    ['/dashboard/environments', '', { name: 'environments' }],
    ['/dashboard/environments/median-v1', '', { name: 'environment', id: 'median-v1' }],
    ['/dashboard/fleet/', '', { name: 'fleet' }],
    ['/dashboard/jobs', '', { name: 'unknown', path: '/jobs' }],
    ['/dashboard/fleet/x', '', { name: 'unknown', path: '/fleet/x' }],
  ])('%s?%s', (path, query, route) => expect(readRoute(path, query)).toMatchObject(route));
});

describe('the lag of a job', () => {
  it.each([
    [{ lag: 2 }, 'lag 2'],
    [{ kind: 'async', maxPolicyLag: 3 }, 'async, lag at most 3'],
  ])('of %j', (schedule, text) => expect(lagText(resolved(median({ schedule })))).toBe(text));

  it('of an asynchronous job that sets none is that of the schedule', () => {
    const spec = resolved(median({ schedule: { kind: 'async' } }));
    expect(lagText(spec)).toBe(`async, lag at most ${scheduleOf(spec).maxPolicyLag}`);
  });
});

describe('the learners of a job', () => {
  it('have policies, of many of which some are named', () => {
    expect(nameSome(['a', 'b'])).toBe('a, b');
    expect(nameSome(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])).toBe('a, b, c, d, e, f and 2 more');
  });

  it('work on jobs that they lead, and on parts of those of others', () => {
    expect(worksOn({ jobIds: ['own', 'other'], parts: [{ jobId: 'other', part: 2 }] })).toEqual([
      { jobId: 'own', part: null },
      { jobId: 'other', part: 2 },
    ]);
  });

  it('are waited for where nobody has a part, or who had it is gone', () => {
    expect(['held', 'joining', 'waiting', 'lost'].filter((state) => isWaiting({ state }))).toEqual(['waiting', 'lost']);
  });
});

describe('the filter of the list', () => {
  it('comes back from its address', () => {
    const filter = {
      states: ['queued', 'failed'],
      name: 'a&b',
      label: 'team=x, kept',
      env: 'median-v1',
      algorithm: 'ppo',
      sort: 'name',
    } as const;
    const address = addressOf(filter);
    expect(readFilter(new URLSearchParams(address.slice(address.indexOf('?'))))).toEqual(filter);
    expect(jobFilterOf(filter)).toEqual({
      state: ['queued', 'failed'],
      name: 'a&b',
      label: ['team=x', 'kept'],
      env: 'median-v1',
      algorithm: 'ppo',
      sort: 'name',
    });
    expect(filters(filter)).toBe(true);
  });

  it('is nothing by default, and what is not known is left out', () => {
    const filter = readFilter(new URLSearchParams('state=running,lost&sort=color'));
    expect(filter).toMatchObject({ states: ['running'], sort: '-createdAt' });
    const none = readFilter(new URLSearchParams());
    expect([addressOf(none), filters(none), jobFilterOf(none)]).toEqual(['/', false, { sort: '-createdAt' }]);
  });
});

describe('the curve of a job', () => {
  const line = (name: string, id: string, y: number[]) =>
    ({ name, per: 'agent', id, of: y.length, x: y.map((_, i) => i + 1), y }) as const;

  it('is the mean over its agents', () => {
    const series = [line('return', 'a', [0, 1, 2]), line('return', 'b', [2, 3, 6])];
    expect(curveOf({ series })).toEqual({ values: [1, 2, 4], last: 4, iteration: 3 });
  });

  it('is of evaluations where episodes do not end while it trains', () => {
    const series = [line('return', 'a', [5]), line('evaluation.return', 'a', [1, 2])];
    expect(curveOf({ series })).toMatchObject({ values: [1, 2], last: 2 });
  });

  it('is nothing before there are two points', () => {
    expect(curveOf({ series: [] })).toEqual({ values: [], last: null, iteration: null });
  });
});

describe('rates', () => {
  it('are per second, over the newest readings, and begin anew with their counter', () => {
    const rates = new Rates(10_000);
    rates.note(0, { a: 0, b: 0 });
    expect(rates.perSecond('a')).toBeNull();
    rates.note(5000, { a: 1000, b: 50 });
    expect(rates.perSecond('a')).toBe(200);
    rates.note(20_000, { a: 1000 });
    expect([rates.perSecond('a'), rates.perSecond('b')]).toEqual([null, null]);
    rates.note(21_000, { a: 3000 });
    expect(rates.perSecond('a')).toBe(2000);
    rates.note(22_000, { a: 10 });
    expect(rates.perSecond('a')).toBeNull();
  });
});

describe('spaces', () => {
  it.each([
    [{ kind: 'box', shape: [1] }, 'a number'],
    [{ kind: 'box', shape: [2, 3], low: 0, high: 1 }, '6 numbers (2 × 3) from 0 to 1'],
    [{ kind: 'box', shape: [1], low: { observation: 0 }, high: null }, 'a number of at least observation[0]'],
    [{ kind: 'box', shape: [2], low: [0, 1] }, '2 numbers, each with bounds of its own'],
    [{ kind: 'discrete', count: 3 }, 'one of 3 choices'],
    [{ kind: 'multiDiscrete', counts: [2, 5] }, '2 choices, of 2, 5'],
    [{ kind: 'binary', size: 1 }, '1 yes-or-no decision'],
    [{ kind: 'composite', side: 'buyer', reservation: -1 }, '0 to pass, or a price of at most −1'],
  ])('%j', (space, text) => expect(describeSpace(space as never)).toBe(text));

  it('of levels say when each is decided, and what pays it', () => {
    const levels = [
      { name: 'enter', space: { kind: 'binary', size: 1 }, reward: 'enter' },
      { name: 'price', space: { kind: 'box', shape: [1] }, when: { level: 'enter', is: [1] } },
    ];
    expect(describeLevels({ kind: 'hierarchical', levels } as never)).toEqual([
      { name: 'enter', text: '1 yes-or-no decision, paid by enter' },
      { name: 'price', text: 'a number, where enter is yes' },
    ]);
  });
});

describe('options', () => {
  it('are rows', () => {
    const rows = optionRows({
      properties: {
        n: { type: 'integer', minimum: 1, default: 3, description: 'Players.' },
        kind: { anyOf: [{ const: 'a' }, { type: 'array' }], default: 'a' },
      },
    });
    expect(rows).toEqual([
      { name: 'n', values: 'whole number ≥ 1', default: '3', description: 'Players.' },
      { name: 'kind', values: 'a, list', default: 'a', description: '' },
    ]);
  });
});

describe('numbers', () => {
  it.each([
    [formatNumber(0), '0'],
    [formatNumber(-0.123456), '−0.1235'],
    [formatNumber(0.00001234), '1.23e-5'.replace('-', '−')],
    [formatNumber(12345678), '1.23e7'],
    [formatNumber(Number.NaN), 'NaN'],
    [formatNumber(-Infinity), '−∞'],
    [formatShort(1234567), '1.23M'],
    [formatShort(12), '12'],
    [formatCount(1234567), '1,234,567'],
    [formatBytes(36), '36 B'],
    [formatBytes(1_281_000), '1.28 MB'],
    [formatDuration(3.14), '3.1 s'],
    [formatDuration(93), '1 min 33 s'],
    [formatDuration(59.7), '1 min 0 s'],
    [formatDuration(7380), '2 h 3 min'],
    [formatDuration(200_000), '2 d 7 h'],
    [formatAge(-50), 'now'],
    [formatAge(42_000), '42 s'],
    [formatAge(7_300_000), '2 h'],
  ])('%s', (shown, wanted) => expect(shown).toBe(wanted));
});

describe('what the API says of places', () => {
  const places = [{ pointer: '/spec/seed', detail: '/spec/seed is -1, but must be a whole number' }];

  it('is told without the pointer where that is plain', () => {
    expect(faultText(places[0]!)).toBe('is -1, but must be a whole number');
    expect(faultText({ pointer: '/spec/seed', detail: '/spec/seedling is no field' })).toBe(
      '/spec/seedling is no field',
    );
  });

  it('is not told twice', () => {
    expect(withoutPlaces(`The job spec has 1 fault:\n${places[0]!.detail}`, places)).toBe('The job spec has 1 fault.');
    expect(withoutPlaces('Redis is away', [])).toBe('Redis is away');
    expect(withoutPlaces('Something else', places)).toBe('Something else');
  });
});
