import type { ChartLine } from '../charts/line.js';
import { meanOf } from './align.js';
import { smoothed } from './chart-lines.js';
import { type ChartPlan, isEvaluation } from './chart-plan.js';
import type { ComparedJob } from './compared-job.js';
import type { Line } from './job-lines.js';

/** The lines of a chart over several jobs, named and colored by job: of each the mean over its agents or policies, or all of them. */
export function compareLines(
  { id: chart, names }: ChartPlan,
  jobs: readonly ComparedJob[],
  labels: readonly string[],
  { eachMember, smoothing }: { readonly eachMember: boolean; readonly smoothing: number },
): ChartLine[] {
  return jobs.flatMap(({ id: job, lines }, color) =>
    names.flatMap((name) => {
      const own = lines.filter((line) => line.name === name);
      if (own.length === 0) return [];
      const drawn = eachMember || own.length === 1 ? own : [mean(own)];
      return drawn.flatMap((line): ChartLine[] => {
        const { id, x, y } = line;
        const look = { key: `${chart} ${name} ${job} ${id ?? ''}`, label: labels[color]!, color, x, y };
        return isEvaluation(name) ? [{ ...look, role: 'points' }] : smoothed(look, smoothing);
      });
    }),
  );
}

const mean = (lines: readonly Line[]): Line => ({ ...lines[0]!, id: null, ...meanOf(lines) });
