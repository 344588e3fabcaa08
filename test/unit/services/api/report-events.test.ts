import { expect, it } from 'vitest';
import { ReportEvents } from '../../../../services/api/report-events.js';
import * as told from '../../../helpers/api/told.js';

function counting(events: Parameters<typeof told.asRecorded>[0]) {
  const report = new ReportEvents();
  for (const event of told.asRecorded(events)) report.add(event);
  return report.counting;
}

const evaluated = (events: ReturnType<typeof counting>): [number, boolean][] =>
  events.flatMap((event): [number, boolean][] =>
    event.type === 'evaluation' ? [[event.iteration, Object.keys(event.game.actions).length > 0]] : [],
  );

it('keeps the recorded games of the first evaluation and the last', () => {
  const events = counting([0, 10, 20, 30].map((i) => [told.evaluation(i), 1]));
  expect(evaluated(events)).toEqual([
    [0, true],
    [10, false],
    [20, false],
    [30, true],
  ]);
});

it('takes those of evaluations for the last that came after a learner had gone on', () => {
  const events = counting([
    [told.evaluation(0), 1],
    [told.evaluation(10), 1],
    [told.evaluation(20), 1],
    [told.started(10), 2],
    [told.evaluation(20), 1],
    [told.evaluation(20), 2],
  ]);
  expect(evaluated(events)).toEqual([
    [0, true],
    [10, false],
    [20, true],
  ]);
});

it('leaves out what is no training', () => {
  const events = counting([
    [told.started(), 1],
    [told.steered(5, 'running', 'paused', 'ann'), 0],
    [told.paused(3), 1],
    [told.failed(), 1],
  ]);
  expect(events.map(({ type }) => type)).toEqual(['started']);
});

it('knows no end of what went on after it', () => {
  const events = counting([
    [told.started(), 1],
    [told.iteration(1), 1],
    [told.finished(1, 'cancelled'), 1],
    [told.started(1), 2],
  ]);
  expect(events.map(({ type }) => type)).toEqual(['started', 'iteration', 'started']);
});
