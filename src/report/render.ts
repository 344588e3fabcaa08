import type { JobSpec } from '../jobs/index.js';
import type { EvaluationEvent, FinishedEvent, IterationEvent, TrainingEvent } from '../training/index.js';
import { type Chart, fitChart } from './chart.js';
import { CLIENT_SCRIPT } from './client.js';
import { learningCurves, policyCurves, throughputCurves } from './curves.js';
import { gamePictures } from './game.js';
import { header } from './header.js';
import { embedJson, escapeHtml, showNumber, spellOut, table } from './html.js';
import { profilePictures } from './profiles.js';
import { STYLE } from './style.js';

export interface ReportInput {
  readonly job: { readonly job: string; readonly marlin: string; readonly createdAt: string; readonly spec: JobSpec };
  /** In the order they came; a run that was resumed has several `started` events. */
  readonly events: readonly TrainingEvent[];
  /** The text of uPlot's script (global `uPlot`) and style. */
  readonly uplot: { readonly js: string; readonly css: string };
}

interface Section {
  readonly title: string;
  readonly note?: string;
  readonly charts: readonly Chart[];
}

/** One HTML page that shows a run; it carries its script, style and data, and asks the network for nothing. */
export function renderReport({ job, events, uplot }: ReportInput): string {
  const iterations = events.filter((event): event is IterationEvent => event.type === 'iteration');
  const evaluations = events.filter((event): event is EvaluationEvent => event.type === 'evaluation');
  const finished = events.findLast((event): event is FinishedEvent => event.type === 'finished');
  const sections: Section[] = [
    { title: 'Learning', charts: learningCurves(evaluations, iterations) },
    {
      title: 'What agents do, by what they see',
      note: 'Actions sampled from the policies of the last evaluation along lines of observations: their mean, and the share of them that takes part.',
      charts: profilePictures(evaluations),
    },
    {
      title: 'A game, before and after',
      note: 'What every agent did at each step of the first evaluated episode, on one scale.',
      charts: gamePictures(evaluations),
    },
    { title: 'Policies', note: 'What the algorithm reports of each update.', charts: policyCurves(iterations) },
    { title: 'Speed', charts: throughputCurves(iterations) },
  ];
  const shown: Panel[] = [];
  const body = sections.map((section) => renderSection(section, shown)).join('');
  const title = escapeHtml(`${job.spec.name} · ${job.job}`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${title}</title>
<style>${uplot.css}
${STYLE}</style>
</head>
<body>
<main>
${header(job, iterations[iterations.length - 1], finished)}
${agentTable(evaluations)}
${body}
<details class="spec"><summary>Job spec</summary><pre tabindex="0">${escapeHtml(JSON.stringify(job.spec, null, 2))}</pre></details>
</main>
<script type="application/json" id="charts">${embedJson(shown)}</script>
<script>${uplot.js}</script>
<script>${CLIENT_SCRIPT}</script>
</body>
</html>
`;
}

/** A chart as the page's script gets it. */
type Panel = Omit<Chart, 'below'> & { readonly thin?: true };

function renderSection({ title, note, charts }: Section, shown: Panel[]): string {
  const fitted = charts.flatMap((chart) => fitChart(chart) ?? []);
  if (fitted.length === 0) return '';
  const cards = fitted.map(({ below, ...chart }) => {
    const told = chart.note === undefined ? '' : `<p class="note">${escapeHtml(chart.note)}</p>`;
    return (
      `<figure class="card"><figcaption><h3>${escapeHtml(chart.title)}</h3>${told}</figcaption>` +
      `<div class="legend" role="group" aria-label="Lines of ${escapeHtml(chart.title)}"></div>` +
      plot(chart, shown) +
      (below === undefined ? '' : `<h4>${escapeHtml(below.title)}</h4>${plot({ ...below, thin: true }, shown)}`) +
      `<details><summary>In numbers</summary>${numbers(chart, below)}</details></figure>`
    );
  });
  const told = note === undefined ? '' : `<p class="note">${escapeHtml(note)}</p>`;
  return `<section><h2>${escapeHtml(title)}</h2>${told}<div class="grid">${cards.join('')}</div></section>\n`;
}

function plot(panel: Panel, shown: Panel[]): string {
  const index = shown.push(panel) - 1;
  const told = `${escapeHtml(panel.title)}, by ${escapeHtml(panel.xLabel)}`;
  return `<div class="plot${panel.thin ? ' thin' : ''}" data-chart="${index}" role="img" aria-label="${told}"></div>`;
}

function numbers({ series }: Chart, below: Chart | undefined): string {
  const under = below?.series.map((line) => ({ ...line, label: `${below.title}, ${line.label}` })) ?? [];
  const rows = [...series, ...under].map(({ label, values }) => {
    const present = values.filter((value) => value !== null);
    const low = present.reduce((a, b) => Math.min(a, b), Infinity);
    const high = present.reduce((a, b) => Math.max(a, b), -Infinity);
    return [label, present[0], present[present.length - 1], low, high].map((cell) =>
      typeof cell === 'string' ? cell : showNumber(cell),
    );
  });
  return table(['', 'first', 'last', 'lowest', 'highest'], rows);
}

/** Each agent before and after training. */
function agentTable(evaluations: readonly EvaluationEvent[]): string {
  const first = evaluations[0];
  const last = evaluations[evaluations.length - 1];
  if (first === undefined || last === undefined) return '';
  const metrics = [...new Set(Object.values(last.agents).flatMap((agent) => Object.keys(agent.metrics)))];
  const rows = Object.entries(last.agents).map(([id, after]) => {
    const before = first.agents[id];
    const change = (was: number | undefined, is: number | undefined): string =>
      `${showNumber(was)} → ${showNumber(is)}`;
    return [
      id,
      change(before?.return, after.return),
      change(before?.rewardPerStep, after.rewardPerStep),
      ...metrics.map((metric) => change(before?.metrics[metric], after.metrics[metric])),
    ];
  });
  const head = ['Agent', 'Return', 'Reward per step', ...metrics.map(spellOut)];
  const from = first.iteration === 0 ? 'before training' : `after ${first.iteration} iterations`;
  return `<section><h2>Agents</h2><p class="note">Evaluation by the policies’ modes, ${from} → after ${last.iteration} iterations.</p>
<div class="card">${table(head, rows)}</div></section>\n`;
}
