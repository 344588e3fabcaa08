import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../src/report/index.js';
import type { EvaluationEvent, ProfileEvaluation, TrainingEvent } from '../../../src/training/index.js';
import { evaluation, iteration, started } from '../cli/events.js';
import { median, resolved } from '../jobs/catalogs.js';
import { fakePage } from './fake-page.js';

const uplotFolder = dirname(createRequire(import.meta.url).resolve('uplot'));
const uplot = { js: '/* uplot */', css: readFileSync(join(uplotFolder, 'uPlot.min.css'), 'utf8') };

function render(events: readonly TrainingEvent[], name = 'test', fields: Readonly<Record<string, unknown>> = {}) {
  const spec = resolved(median({ name, ...fields }));
  const job = { job: 'j1', marlin: '0.1.0', createdAt: '2026-01-02T03:04:05.000Z', spec };
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
  readonly note?: string;
  readonly thin?: boolean;
  readonly gaps?: boolean;
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

  it('has the whole spec', () => {
    const spec = resolved(median({ name: 'test' }));
    const shown = /<summary>Job spec<\/summary><pre[^>]*>(.*?)<\/pre>/s.exec(render(RUN))?.[1];
    expect(JSON.parse((shown ?? '').replaceAll('&quot;', '"'))).toEqual(spec);
  });

  it.each([
    [{ lag: 2 }, '2'],
    [{ kind: 'async' }, 'async, at most 8'],
    [{ kind: 'async', maxPolicyLag: 3 }, 'async, at most 3'],
  ])('tells the lag of %j', (schedule, told) => {
    expect(render(RUN, 'test', { schedule })).toContain(`<dt>Lag</dt><dd>${told}</dd>`);
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

  it('draws no curve of what a fleet does not tell', () => {
    const ofFleet = (n: number): TrainingEvent => {
      const { throughput, seconds, ...rest } = iteration(n);
      return {
        ...rest,
        throughput: { ...throughput, collectAgentStepsPerSecond: null },
        seconds: { ...seconds, environment: null, policy: null },
      };
    };
    const html = render([started(3), ofFleet(1), ofFleet(2)]);
    const labels = (title: string) => chart(html, title)?.series.map(({ label }) => label);
    expect(labels('Agent steps per second')).toEqual(['overall']);
    expect(labels('Time of an iteration (ms)')).toEqual(['iteration', 'transfer', 'update', 'waiting']);
  });

  it('draws a curve of every reward head and of every ratio', () => {
    const withHeads = (n: number): TrainingEvent => ({
      ...iteration(n, 1),
      agents: { 'agent-0': { return: 0, rewardPerStep: 0, heads: { enter: n, price: -n }, metrics: {} } },
    });
    const withRatio = (n: number): TrainingEvent => ({
      ...evaluation(n, 1),
      agents: { 'agent-0': { return: 0, rewardPerStep: 0, length: 1, metrics: n === 0 ? {} : { shareWon: 0.75 } } },
    });
    const html = render([withRatio(0), withHeads(1), withHeads(2), withRatio(2)]);
    expect(chart(html, 'Training reward per step: enter')?.series[0]?.values).toEqual([1, 2]);
    expect(chart(html, 'Training reward per step: price')?.series[0]?.values).toEqual([-1, -2]);
    expect(chart(html, 'Share won')?.series[0]?.values).toEqual([null, 0.75]);
    expect(html).toContain('<td class="number">– → 0.75</td>');
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

const profile: ProfileEvaluation = {
  agent: 'seller-0',
  label: 'private value',
  quantity: 'price',
  points: [0, 0.5, 1],
  mean: [0.5, 0.7, null],
  participation: [1, 0.5, 0],
};
const reference = { label: 'equilibrium', quantity: [0.5, 0.75, 1], participation: [1, 0.75, null] };
const profiled = (n: number, ...profiles: readonly ProfileEvaluation[]): EvaluationEvent => ({
  ...evaluation(n, 1),
  profiles,
});

describe('profiles', () => {
  it('are drawn with the reference beside them, and participation below', () => {
    const html = render([
      profiled(0, { ...profile, mean: [9, 9, 9], reference }),
      profiled(1, { ...profile, reference }),
    ]);
    const charts = chartsOf(html);
    const at = charts.findIndex(({ title }) => title === 'seller-0: price');
    expect(charts.filter(({ title }) => title === 'seller-0: price')).toHaveLength(1);
    expect(charts[at]).toMatchObject({
      note: 'Mean distance from equilibrium: price 0.025, participation 0.125.',
      x: [0, 0.5, 1],
      gaps: true,
      series: [
        { label: 'policy', values: [0.5, 0.7, null], color: 0 },
        { label: 'equilibrium', values: [0.5, 0.75, 1], role: 'reference' },
      ],
    });
    expect(charts[at + 1]).toMatchObject({
      title: 'Participation',
      thin: true,
      series: [
        { label: 'policy', values: [1, 0.5, 0] },
        { label: 'equilibrium', values: [1, 0.75, null], role: 'reference' },
      ],
    });
    expect(html).toContain('<th scope="row">Participation, equilibrium</th>');
    expect(charts[at]).not.toHaveProperty('below');
  });

  it('have no reference where there is none', () => {
    const drawn = chart(render([profiled(1, profile)]), 'seller-0: price');
    expect(drawn?.series.map(({ label }) => label)).toEqual(['policy']);
    expect(drawn).not.toHaveProperty('note');
  });

  it('are drawn from left to right', () => {
    const turned = { ...profile, points: [1, 0, 0.5], reference };
    const drawn = chart(render([profiled(1, turned)]), 'seller-0: price');
    expect(drawn?.x).toEqual([0, 0.5, 1]);
    expect(drawn?.series.map(({ values }) => values)).toEqual([
      [0.7, null, 0.5],
      [0.75, 1, 0.5],
    ]);
  });

  it('have a color for each agent', () => {
    const html = render([profiled(1, profile, { ...profile, agent: 'buyer-0' }, { ...profile, label: 'time' })]);
    const colors = chartsOf(html)
      .filter(({ title }) => title.endsWith(': price'))
      .map(({ series }) => series[0]);
    expect(colors).toMatchObject([{ color: 0 }, { color: 1 }, { color: 0 }]);
  });

  it('of an action that always counts have no participation', () => {
    const html = render([profiled(1, { ...profile, participation: [1, 1, 1] })]);
    expect(chart(html, 'seller-0: price')).toBeDefined();
    expect(chart(html, 'Participation')).toBeUndefined();
  });

  it('of an agent that never takes part show that it does not', () => {
    const html = render([profiled(1, { ...profile, mean: [null, null, null], participation: [0, 0, 0] })]);
    expect(chart(html, 'seller-0: price')).toBeUndefined();
    expect(chart(html, 'seller-0: participation')?.series[0]?.values).toEqual([0, 0, 0]);
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

  it('shows and hides a line in both panels of a profile, which have one axis and gaps', () => {
    const own = render([profiled(1, { ...profile, reference })]);
    const page = fakePage(embedded(own));
    runInContext(script, createContext(page.globals));
    const at = chartsOf(own).findIndex(({ title }) => title === 'seller-0: price');
    const [above, below] = [page.plots[at]!, page.plots[at + 1]!];
    expect(page.buttons(at).map(({ textContent }) => textContent)).toEqual(['policy', 'equilibrium']);
    page.buttons(at)[1]!.click();
    expect([above.shown, below.shown]).toEqual([[[2, false]], [[2, false]]]);
    expect(above.options.axes[0]?.label).toBeUndefined();
    expect(below.options.axes[0]?.label).toBe('private value');
    expect(below.options.height).toBeLessThan(above.options.height);
    expect(above.options.series[2]).toMatchObject({ spanGaps: false, dash: [6, 4] });
    expect(page.plots[0]?.options.series[1]?.spanGaps).toBe(true);

    page.changeColors();
    expect(page.buttons(at).map(({ attributes }) => attributes['aria-pressed'])).toEqual(['true', 'false']);
    const redrawn = page.plots.slice(chartsOf(own).length);
    expect([redrawn[at]?.series[2]?.show, redrawn[at + 1]?.series[2]?.show]).toEqual([false, false]);
  });

  it('tells the values under the pointer', () => {
    const page = fakePage(embedded(html));
    runInContext(script, createContext(page.globals));
    expect(page.hover(0, 1)).toBe('iteration 2agent-0−1agent-1−2agent-2−3');
  });
});
