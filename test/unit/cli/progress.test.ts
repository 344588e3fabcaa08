import { describe, expect, it } from 'vitest';
import { createProgress } from '../../../cli/progress.js';
import { liveLine, plainLine } from '../../../cli/progress-line.js';
import { fold, initialProgress, overallRate, secondsLeft, shareDone } from '../../../cli/progress-state.js';
import { createStyle } from '../../../cli/style.js';
import type { TrainingEvent } from '../../../src/training/index.js';
import { evaluation, iteration, started } from './events.js';
import { fakeHost } from './fake-host.js';

const plain = createStyle(false);
const colored = createStyle(true);
const ESCAPE_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[a-zA-Z]`, 'g');
const withoutStyle = (text: string) => text.replace(ESCAPE_SEQUENCE, '').replaceAll('\r', '');

function stateAfter(events: readonly TrainingEvent[], stop = { iterations: 10 }) {
  const state = initialProgress(stop);
  for (const event of events) fold(state, event);
  return state;
}

describe('progress', () => {
  it('is told by the end that comes first', () => {
    const events = [started(3), iteration(1), iteration(2)];
    expect(shareDone(stateAfter(events))).toBe(0.2);
    expect(secondsLeft(stateAfter(events))).toBe(8);
    const state = initialProgress({ iterations: 10, agentSteps: 4000, wallSeconds: 100 });
    for (const event of events) fold(state, event);
    expect(shareDone(state)).toBe(0.5);
    expect(secondsLeft(state)).toBe(2);
  });

  it('is not told where nothing tells', () => {
    expect(secondsLeft(stateAfter([started(3)]))).toBeUndefined();
    const state = initialProgress({ return: 5 });
    for (const event of [started(3), iteration(1)]) fold(state, event);
    expect(secondsLeft(state)).toBeUndefined();
    expect(shareDone(state)).toBe(0);
  });

  it('measures a resumed run from where it resumed', () => {
    const state = stateAfter([started(3, 6), iteration(7), iteration(8)]);
    expect(overallRate(state)).toBe(1000);
    expect(secondsLeft(state)).toBe(2);
  });
});

describe('the live line', () => {
  const full = stateAfter([started(3), iteration(1), iteration(2), iteration(3), evaluation(3)]);

  it('says what matters', () => {
    expect(plainLine(full, plain)).toBe(
      'iteration 3/10 · 7.0 s left · 1000 agentSteps/s · collect 2.50 M/s · return −1 −2 −3 · wins 25% 25% 25% · lag 1',
    );
  });

  it('fits every width, and loses the least important first', () => {
    for (let width = 10; width <= 220; width++) {
      const line = withoutStyle(liveLine(full, width, colored));
      expect(line.length).toBeLessThanOrEqual(width);
      expect(line).toContain('iteration 3'.slice(0, width));
    }
    expect(liveLine(full, 60, plain)).not.toContain('lag');
    expect(liveLine(full, 60, plain)).toContain('left');
  });

  it('shortens many agents', () => {
    const many = stateAfter([started(6), iteration(3, 6), evaluation(3, 6)]);
    expect(plainLine(many, plain)).toContain('return −3.5 (−6 … −1)');
  });
});

describe('on a terminal', () => {
  it('redraws one line at most ten times a second, and gives the cursor back', () => {
    const { host, time, err } = fakeHost({ tty: true });
    const progress = createProgress(host, { iterations: 10 }, false);
    progress.onEvent(started(3));
    for (let i = 1; i <= 10; i++) {
      time.ms += 30;
      progress.onEvent(iteration(i));
    }
    expect(err).toHaveLength(3);
    progress.close();
    progress.close();
    const text = err.join('');
    expect(text.split('\n')).toHaveLength(2);
    expect(text.endsWith('\n\u001b[?25h')).toBe(true);
    expect(text).toContain('\u001b[?25l');
    for (const line of withoutStyle(text.replaceAll('\r', '\n')).split('\n')) expect(line.length).toBeLessThan(80);
  });

  it('uses no colors where NO_COLOR forbids them', () => {
    const { host, err } = fakeHost({ tty: true, color: false });
    createProgress(host, { iterations: 10 }, false).onEvent(started(3));
    expect(err.join('')).not.toContain('\u001b[3');
    expect(err.join('')).not.toContain('\u001b[1m');
  });
});

describe.each([
  ['without a terminal', { tty: false }],
  ['on a dumb terminal', { tty: true, dumb: true, color: false }],
])('%s', (_, options) => {
  it('writes plain lines every five seconds and at evaluations', () => {
    const { host, time, err } = fakeHost(options);
    const progress = createProgress(host, { iterations: 100 }, false);
    progress.onEvent(started(3));
    for (let i = 1; i <= 12; i++) {
      time.ms += 1000;
      progress.onEvent(iteration(i));
    }
    progress.onEvent(evaluation(12));
    progress.close();
    expect(err.map((line) => /^iteration (\d+)/.exec(line)?.[1])).toEqual(['1', '6', '11', '12']);
    expect(err.join('')).not.toContain('\u001b');
    expect(err.join('')).not.toContain('\r');
  });
});

it('--quiet says nothing and still knows', () => {
  const { host, err } = fakeHost();
  const progress = createProgress(host, { iterations: 10 }, true);
  progress.onEvent(iteration(4));
  progress.note('hello');
  progress.close();
  expect(err).toEqual([]);
  expect(progress.state.iteration?.iteration).toBe(4);
});
