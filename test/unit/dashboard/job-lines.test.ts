import { describe, expect, it } from 'vitest';
import type { HistoryEvent } from '../../../client/index.js';
import { JobLines } from '../../../dashboard/series/job-lines.js';
import { JobHistory } from '../../../services/api/series/job-history.js';
import { selectSeries } from '../../../services/api/series/select.js';
import * as told from '../../helpers/api/told.js';

type Told = Parameters<typeof told.asRecorded>[0];

const asEvents = (events: Told): HistoryEvent[] =>
  told.asRecorded(events).map(({ sequence, at, payload }) => ({ ...JSON.parse(payload), sequence, at }));

const iterations = (from: number, to: number, term = 1): [ReturnType<typeof told.iteration>, number][] =>
  Array.from({ length: to - from + 1 }, (_, i) => [told.iteration(from + i), term]);

const lineOf = (lines: JobLines, name: string, id: string | null) =>
  [...lines.lines].find((line) => line.name === name && line.id === id);

const byKey = (a: { name: string; id: string | null }, b: { name: string; id: string | null }): number =>
  `${a.name} ${a.id}` < `${b.name} ${b.id}` ? -1 : 1;

describe('lines made of events', () => {
  it.each(['iteration', 'agentSteps', 'wallSeconds'] as const)(
    'are those that the API makes of them, over %s',
    (axis) => {
      const heads = { ones: 1, tens: 10 };
      const part = told.iteration(3);
      const agents = { ...part.agents, buyer: { ...part.agents.buyer!, heads } };
      const events: Told = [
        [told.started(), 1],
        [told.evaluation(0), 1],
        ...iterations(1, 2),
        [{ ...part, agents }, 1],
        [told.evaluation(3), 1],
        [told.checkpoint(3), 1],
      ];
      const lines = new JobLines(axis);
      for (const event of asEvents(events)) expect(lines.add(event)).toBe(true);
      const history = new JobHistory();
      for (const event of told.asRecorded(events)) history.add(event);
      const names = new Set([...history.iterations.columns, ...history.evaluations.columns].map(({ name }) => name));
      const all = { names, agents: null, x: axis, from: -Infinity, to: Infinity, points: 500 };
      const expected = selectSeries(history, all).map(({ of: _, ...series }) => series);
      expect([...lines.lines].sort(byKey)).toEqual(expected.sort(byKey));
      expect(lines.sequence).toBe(events.length);
    },
  );

  it('go on from what the API told, without what is in it', () => {
    const lines = new JobLines('iteration');
    const series = [{ name: 'return', per: 'agent', id: 'seller', of: 2, x: [1, 2], y: [-1, -2] }] as const;
    lines.replace({ sequence: 3, series: series.map((own) => ({ ...own, x: [...own.x], y: [...own.y] })) });
    for (const event of asEvents([[told.started(), 1], ...iterations(1, 4)]).slice(1))
      expect(lines.add(event)).toBe(true);
    expect(lineOf(lines, 'return', 'seller')).toMatchObject({ x: [1, 2, 3, 4], y: [-1, -2, -3, -4] });
  });

  it('have to be read anew when another learner begins, and not when the first does', () => {
    const lines = new JobLines('iteration');
    const events = asEvents([[told.started(), 1], ...iterations(1, 3), [told.started(2), 2]]);
    expect(events.map((event) => lines.add(event))).toEqual([true, true, true, true, false]);
  });

  it('leave out what a learner tells after another has begun', () => {
    const lines = new JobLines('iteration');
    const [, first, second] = asEvents([
      [told.started(), 2],
      [told.iteration(1), 2],
      [told.iteration(2), 1],
    ]);
    lines.add(first!);
    expect(lines.add(second!)).toBe(true);
    expect(lineOf(lines, 'policyLag', null)?.x).toEqual([1]);
  });

  it('keep a bounded number of points, the peaks among them', () => {
    const lines = new JobLines('iteration', 50);
    const policies = (i: number) => ({ left: { policyLoss: i === 777 ? 99 : 0 } });
    const events: Told = Array.from({ length: 5000 }, (_, i) => [
      told.iteration(i + 1, { policies: policies(i + 1) }),
      1,
    ]);
    let most = 0;
    for (const event of asEvents(events)) {
      lines.add(event);
      most = Math.max(most, lineOf(lines, 'policyLoss', 'left')!.x.length);
    }
    expect(most).toBe(100);
    const line = lineOf(lines, 'policyLoss', 'left')!;
    expect(line.x[line.y.indexOf(99)]).toBe(777);
    expect([line.x[0], line.x.at(-1)]).toEqual([1, 5000]);
  });
});
