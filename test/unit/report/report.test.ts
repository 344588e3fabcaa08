import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../src/report/index.js';
import type { TrainingEvent } from '../../../src/training/index.js';
import { evaluation, iteration, started } from '../cli/events.js';
import { median, resolved } from '../jobs/catalogs.js';
import { fakePage } from './fake-page.js';

const uplotFolder = dirname(createRequire(import.meta.url).resolve('uplot'));
const uplot = { js: '/* uplot */', css: readFileSync(join(uplotFolder, 'uPlot.min.css'), 'utf8') };

function render(events: readonly TrainingEvent[], name = 'test') {
  const job = { job: 'j1', marlin: '0.1.0', createdAt: '2026-01-02T03:04:05.000Z', spec: resolved(median({ name })) };
  return renderReport({ job, events, uplot });
}

interface Chart {
  readonly title: string;
  readonly x: readonly number[];
  readonly series: readonly {
    readonly label: string;
    readonly values: readonly (number | null)[];
    readonly role?: string;
  }[];
  readonly range?: readonly number[];
}

const embedded = (html: string): string =>
  /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
const chartsOf = (html: string): Chart[] => JSON.parse(embedded(html)) as Chart[];
const chart = (html: string, title: string): Chart | undefined => chartsOf(html).find((own) => own.title === title);

const finished: TrainingEvent = {
  type: 'finished',
  state: 'succeeded',
  reason: 'iterations',
  iteration: 2,
  envSteps: 600,
  agentSteps: 2000,
  wallSeconds: 2,
  digest: 'ab'.repeat(32),
};
const RUN: readonly TrainingEvent[] = [started(3), evaluation(0), iteration(1), iteration(2), evaluation(2), finished];

describe('the report', () => {
  it('asks the network for nothing', () => {
    const html = render(RUN);
    expect(html).toContain("default-src 'none'");
    expect(html.replaceAll('http-equiv', '')).not.toMatch(/https?:|src=|href=|@import|url\(/);
  });

  it('shows digest, state and every agent before and after', () => {
    const html = render(RUN);
    expect(html).toContain('ab'.repeat(32));
    expect(html).toContain('<span class="state succeeded">succeeded</span>');
    expect(html).toContain('<th scope="row">agent-1</th><td class="number">−2 → −2</td>');
  });

  it('draws every agent, every metric that the algorithm reports, and where the time went', () => {
    const html = render(RUN);
    expect(chartsOf(html).map((own) => own.title)).toEqual([
      'Evaluation return',
      'Training reward per step',
      'Step win share',
      'Before training',
      'After 2 iterations',
      'Policy loss',
      'Entropy',
      'Agent steps per second',
      'Time of an iteration (ms)',
    ]);
    expect(chart(html, 'Evaluation return')).toMatchObject({
      x: [0, 2],
      series: [
        { label: 'agent-0', values: [-1, -1] },
        { label: 'agent-1', values: [-2, -2] },
        { label: 'agent-2', values: [-3, -3] },
      ],
    });
    expect(chart(html, 'Entropy')?.series[0]?.values).toEqual([1, 0.5]);
  });

  it('draws the actions of a game before and after on one scale, with the lower median', () => {
    const [before, after] = [chart(render(RUN), 'Before training'), chart(render(RUN), 'After 2 iterations')];
    expect(before?.range).toEqual(after?.range);
    expect(after?.series.map(({ label, values }) => [label, values])).toEqual([
      ['agent-0', [2, -2]],
      ['agent-1', [3, -1]],
      ['agent-2', [4, 0]],
      ['median', [3, -1]],
    ]);
    const even = [started(4), evaluation(0, 4), evaluation(1, 4)];
    expect(chart(render(even), 'Before training')?.series.find(({ label }) => label === 'median')?.values).toEqual([
      1, 1,
    ]);
  });

  it('draws no game of one agent, nor of actions with several numbers', () => {
    expect(chart(render([started(1), evaluation(0, 1), evaluation(1, 1)]), 'Before training')).toBeUndefined();
    const wide = { ...evaluation(1), game: { actions: { a: [[1, 2]], b: [[1, 2]] }, rewards: {} } };
    expect(chart(render([evaluation(0), wide]), 'Before training')).toBeUndefined();
  });

  it('of more than twelve agents shows twelve, the mean and the band', () => {
    const series =
      chart(render([started(20), evaluation(0, 20), evaluation(1, 20)]), 'Evaluation return')?.series ?? [];
    expect(series.map(({ label }) => label)).toEqual([
      'lowest',
      'highest',
      'mean of 20',
      ...Array.from({ length: 12 }, (_, i) => `agent-${i}`),
    ]);
    expect(series.slice(0, 3).map(({ values }) => values[0])).toEqual([-20, -1, -10.5]);
  });

  it('keeps extremes of long runs in at most 2,000 points', () => {
    const long = Array.from({ length: 30_000 }, (_, i) => iteration(i + 1, 1));
    long[12_345] = { ...iteration(12_346, 1), policies: { 'agent-0': { entropy: 99 } } };
    const entropy = chart(render(long), 'Entropy')!;
    expect(entropy.x.length).toBe(2000);
    expect(entropy.series[0]?.values).toHaveLength(2000);
    expect(entropy.x).toEqual([...entropy.x].sort((a, b) => a - b));
    expect(entropy.series[0]?.values).toContain(99);
    expect(entropy.x.at(-1)).toBe(30_000);
  });

  it('shows a run without events, and one that is not over', () => {
    expect(render([])).toContain('<span class="state unfinished">');
    expect(chartsOf(render([]))).toEqual([]);
    expect(render([started(3), iteration(1)])).toContain('unfinished');
  });

  it('lets no name end a script or a tag', () => {
    const evil = '</script><!--<script>alert(1)';
    const bad = { ...iteration(1), policies: { [evil]: { entropy: 1 } }, agents: {} };
    const html = render([bad, { ...bad, iteration: 2 }]);
    expect(html).not.toContain(evil);
    expect(embedded(html)).not.toContain('<');
    expect(chart(html, 'Entropy')?.series[0]?.label).toBe(evil);
  });

  it('skips values that are no numbers', () => {
    const gap = { ...iteration(2), policies: { 'agent-0': { entropy: Number.NaN } } };
    expect(chart(render([iteration(1), gap, iteration(3)]), 'Entropy')?.series[0]?.values).toEqual([1, null, 1 / 3]);
  });
});

describe('the page’s script', () => {
  const html = render(RUN);
  const script = html.slice(html.lastIndexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'));

  it('draws every chart, toggles lines by their buttons, and draws anew when the color scheme changes', () => {
    const page = fakePage(embedded(html));
    runInContext(script, createContext(page.globals));
    expect(page.plots).toHaveLength(chartsOf(html).length);
    expect(page.plots[0]?.data).toEqual([
      [0, 2],
      [-1, -1],
      [-2, -2],
      [-3, -3],
    ]);

    const button = page.buttons(0)[1]!;
    expect(button.attributes['aria-pressed']).toBe('true');
    button.click();
    expect(button.attributes['aria-pressed']).toBe('false');
    expect(page.plots[0]?.shown).toEqual([[2, false]]);

    page.changeColors();
    expect(page.plots.filter((plot) => plot.destroyed)).toHaveLength(chartsOf(html).length);
    expect(page.buttons(0)[1]?.attributes['aria-pressed']).toBe('false');
  });

  it('tells the values under the pointer', () => {
    const page = fakePage(embedded(html));
    runInContext(script, createContext(page.globals));
    expect(page.hover(0, 1)).toBe('iteration 2agent-0−1agent-1−2agent-2−3');
  });
});
