import type { AgentEvaluation, ProfileEvaluation } from '../src/training/index.js';
import { showNumber } from './numbers.js';
import { type Column, renderTable } from './table.js';

/** Points of a profile that are shown, evenly chosen and its ends among them: the report draws all. */
const POINTS_SHOWN = 9;

const show = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : showNumber(value);
const numberColumns = (titles: readonly string[]): Column[] => titles.map((title) => ({ title, align: 'right' }));

/** Agents by row: returns, reward heads, and the environment's metrics with their ratios. */
export function evaluationTable(evaluation: Readonly<Record<string, AgentEvaluation>>): string {
  const agents = Object.entries(evaluation);
  const heads = [...new Set(agents.flatMap(([, agent]) => Object.keys(agent.heads ?? {})))];
  const metrics = [...new Set(agents.flatMap(([, agent]) => Object.keys(agent.metrics)))];
  const titles = ['return', 'per step', ...heads.map((head) => `${head} per step`), 'steps', ...metrics];
  const rows = agents.map(([id, agent]) => [
    id,
    show(agent.return),
    show(agent.rewardPerStep),
    ...heads.map((head) => show(agent.heads?.[head])),
    show(agent.length),
    ...metrics.map((name) => show(agent.metrics[name])),
  ]);
  return renderTable([{ title: 'agent' }, ...numberColumns(titles)], rows);
}

/** A table for each profile: what the agent does at some of its points, beside what the reference says. */
export function profileTables(
  profiles: readonly ProfileEvaluation[],
): { readonly title: string; readonly table: string }[] {
  return profiles.map(({ agent, label, quantity, points, mean, participation, reference }) => {
    const columns: [string, readonly (number | null)[]][] = [
      [label, points],
      [quantity, mean],
    ];
    if (reference?.quantity !== undefined) columns.push([reference.label, reference.quantity]);
    columns.push(['takes part', participation]);
    if (reference?.participation !== undefined) columns.push([reference.label, reference.participation]);
    const rows = chooseEvenly(points.length).map((i) => columns.map(([, values]) => show(values[i])));
    return {
      title: `${agent}: ${quantity} by ${label}`,
      table: renderTable(numberColumns(columns.map(([title]) => title)), rows),
    };
  });
}

/** At most POINTS_SHOWN of the indices 0 … count − 1. */
function chooseEvenly(count: number): number[] {
  const shown = Math.min(count, POINTS_SHOWN);
  return Array.from({ length: shown }, (_, i) => Math.round((i * (count - 1)) / Math.max(1, shown - 1)));
}
