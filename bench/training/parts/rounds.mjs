import { loadAverage } from './report.mjs';
import { summary } from './statistics.mjs';

/** Runs every contestant once in each round, so that rivals alternate with ours and share what else the machine does.
 *  contestants: [{ title, measure(): Promise<run> }]; adds `runs` to each: what `measure` gave, with the load average. */
export async function takeTurns(contestants, rounds, { tell = () => {} } = {}) {
  for (const contestant of contestants) contestant.runs = [];
  for (let round = 1; round <= rounds; round++) {
    for (const contestant of contestants) {
      const run = { ...(await contestant.measure()), load: loadAverage() };
      contestant.runs.push(run);
      console.error(`round ${round} of ${rounds}: ${contestant.title}: ${tell(run)}`);
    }
  }
}

/** Median, extremes and number of what `value` finds in each run. */
export const ofRuns = ({ runs }, value) => summary(runs.map(value));

/** Ratio of two summaries: of the medians, and the least and greatest that their extremes allow. */
export function ratioOf(ours, theirs) {
  return { median: ours.median / theirs.median, min: ours.min / theirs.max, max: ours.max / theirs.min };
}

/** `median × (least … greatest)` of a ratio. */
export const writeRatio = ({ median, min, max }) => `${digits(median)} × (${digits(min)} … ${digits(max)})`;

/** `median | least … greatest` of rates, in thousands. */
export const writeThousands = ({ median, min, max }) => `${thousands(median)} | ${thousands(min)} … ${thousands(max)}`;

export function thousands(rate) {
  const value = rate / 1000;
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : value.toFixed(1);
}

const digits = (value) => value.toFixed(value >= 20 ? 0 : value >= 2 ? 1 : 2);
