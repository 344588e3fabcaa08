import { expect, it } from 'vitest';
import { JobHistory } from '../../../../../services/api/series/job-history.js';
import { availableSeries, selectSeries, type Wanted } from '../../../../../services/api/series/select.js';
import * as told from '../../../../helpers/api/told.js';

type Recorded = Parameters<typeof told.asRecorded>[0];

function historyOf(events: Recorded): JobHistory {
  const history = new JobHistory();
  for (const event of told.asRecorded(events)) history.add(event);
  return history;
}

const wanted = (part: Partial<Wanted> = {}): Wanted => ({
  names: new Set(['return']),
  agents: null,
  x: 'iteration',
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  points: 500,
  ...part,
});

const iterations = (from: number, to: number, term: number): [ReturnType<typeof told.iteration>, number][] =>
  Array.from({ length: to - from + 1 }, (_, i) => [told.iteration(from + i), term]);

it('makes a line per agent, without the iterations that have no value', () => {
  const history = historyOf([[told.started(), 1], ...iterations(1, 4, 1)]);
  expect(selectSeries(history, wanted())).toEqual([
    { name: 'return', per: 'agent', id: 'seller', of: 4, x: [1, 2, 3, 4], y: [-1, -2, -3, -4] },
    { name: 'return', per: 'agent', id: 'buyer', of: 2, x: [2, 4], y: [2, 4] },
  ]);
});

it('tells which series there are, of whom', () => {
  const history = historyOf([[told.started(), 1], [told.evaluation(0), 1], ...iterations(1, 2, 1)]);
  const available = availableSeries(history);
  expect(available.find(({ name }) => name === 'policyLoss')).toEqual({
    name: 'policyLoss',
    per: 'policy',
    ids: ['left', 'right'],
  });
  expect(available.find(({ name }) => name === 'metric.price')).toEqual({
    name: 'metric.price',
    per: 'agent',
    ids: ['buyer'],
  });
  expect(available.find(({ name }) => name === 'seconds.update')).toEqual({
    name: 'seconds.update',
    per: 'job',
    ids: [],
  });
  expect(available.find(({ name }) => name === 'evaluation.return')?.ids).toEqual(['buyer', 'seller']);
  expect(available.map(({ name }) => name)).not.toContain('collectAgentStepsPerSecond');
});

it('has an iteration once that was made again, and nothing that a superseded learner told', () => {
  const history = historyOf([
    [told.started(), 1],
    ...iterations(1, 5, 1),
    [told.started(2), 2],
    [told.iteration(3, { policyLag: 7 }), 2],
    [told.iteration(6), 1],
  ]);
  const [lag] = selectSeries(history, wanted({ names: new Set(['policyLag']) }));
  expect(lag).toMatchObject({ x: [1, 2, 3], y: [1, 1, 7] });
});

it('begins anew where the job did', () => {
  const history = historyOf([
    [told.started(), 1],
    [told.evaluation(0), 1],
    ...iterations(1, 3, 1),
    [told.started(0), 2],
  ]);
  expect(availableSeries(history)).toEqual([]);
});

it('chooses by agent, also what is of their policies', () => {
  const history = historyOf([[told.started(), 1], ...iterations(1, 2, 1)]);
  const names = new Set(['return', 'policyLoss', 'policyLag']);
  const chosen = selectSeries(history, wanted({ names, agents: new Set(['seller']) }));
  expect(chosen.map(({ name, id }) => [name, id])).toEqual([
    ['return', 'seller'],
    ['policyLoss', 'right'],
    ['policyLag', null],
  ]);
});

it.each([
  ['iteration', 2, 3, [2, 3]],
  ['agentSteps', 40, 60, [40, 60]],
  ['wallSeconds', 0.9, 1.6, [1, 1.5]],
] as const)('bounds by %s', (x, from, to, places) => {
  const history = historyOf([[told.started(), 1], ...iterations(1, 4, 1)]);
  const [lag] = selectSeries(history, wanted({ names: new Set(['policyLag']), x, from, to }));
  expect(lag?.x).toEqual(places);
});

it('thins out, and says of how many', () => {
  const history = historyOf([[told.started(), 1], ...iterations(1, 100, 1)]);
  const [episodes] = selectSeries(history, wanted({ names: new Set(['episodes']), points: 10 }));
  expect(episodes).toMatchObject({ of: 100 });
  expect(episodes?.x.length).toBeLessThanOrEqual(10);
  expect([episodes?.x[0], episodes?.x.at(-1)]).toEqual([1, 100]);
});

it('passes over what is no event', () => {
  const history = new JobHistory();
  for (const payload of ['', 'null', '7', '{"type":', '{"kind":"x"}']) {
    history.add({ sequence: 1, at: 0, type: 'iteration', payload });
  }
  expect(history.cells).toBe(0);
});
