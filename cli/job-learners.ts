import type { Job, Scaling } from '../client/index.js';
import { renderTable } from './table.js';

/** Policies of a part that are named. */
const MOST_POLICIES = 4;

type Shown = Pick<Job, 'state' | 'learners'>;

/** Learners that update parts of a job, of those that it could keep busy. */
export const countHeld = ({ parts, wanted }: NonNullable<Job['learners']>): string =>
  `${parts.filter(({ state }) => state === 'held').length} of ${wanted}`;

/** Who updates a job, in a few words: which learner, or how many of those that it could keep busy; undefined where none is to. */
export function showLearners({ learners, state }: Shown): string | undefined {
  if (learners === null) return 'not known: the API does not have its environment';
  const { wanted, parts } = learners;
  const [first, ...others] = parts;
  if (first === undefined) return undefined;
  if (state === 'queued') return wanted === 1 ? 'waits for one' : `waits for one, ${wanted} may share it`;
  if (wanted === 1) return first.learnerId ?? 'waits for one';
  const joining = parts.filter(({ state: of }) => of === 'joining').length;
  const missing = others.filter(isWaiting).map(({ part }) => part);
  return (
    countHeld(learners) +
    (joining === 0 ? '' : `, ${joining} joining`) +
    (first.state === 'held' ? '' : '; nobody leads it') +
    (missing.length === 0 ? '' : `; ${missing.length === 1 ? 'part' : 'parts'} ${missing.join(', ')} without`)
  );
}

/** The parts of a job that several learners may share, as a table by lines; nothing for other jobs. */
export function partTable({ learners }: Shown): string {
  if (learners === null || learners.parts.length < 2) return '';
  const rows = learners.parts.map(({ part, policies, state, learnerId, heartbeatAge }) => [
    part === 0 ? '0 (leads)' : String(part),
    policies.slice(0, MOST_POLICIES).join(', ') +
      (policies.length > MOST_POLICIES ? ` and ${policies.length - MOST_POLICIES} more` : ''),
    state,
    learnerId ?? '',
    heartbeatAge === null ? '' : `${heartbeatAge.toFixed(1)} s ago`,
  ]);
  const fence = learners.fence === null ? '' : `fence ${learners.fence}\n`;
  const columns = ['part', 'policies', 'state', 'learner'].map((title) => ({ title }));
  return `\n${renderTable([...columns, { title: 'heard of', align: 'right' }], rows)}${fence}`;
}

/** Parts of a running job that no learner has; the one that has the job updates them. */
export const waitingParts = ({ learners, state }: Shown): number =>
  state === 'running' ? (learners?.parts.slice(1).filter(isWaiting).length ?? 0) : 0;

/** How a learner is started that takes parts. */
export const START_LEARNER = 'REDIS_URL=<that of the fleet> CHECKPOINT_DIR=<that of all learners> marlin learner';

/** Why parts wait, and what to do: learners that lead jobs in all their slots take none. */
export const moreLearners = (count: number, { learners, learnerPartSlots }: Scaling): string =>
  learners > 0 && learnerPartSlots === 0
    ? `None of the learners takes parts: start one with LEARNER_PARTS=1 or more (${START_LEARNER}).`
    : `Start ${count === 1 ? 'one more with' : `${count} more, each with`} ${START_LEARNER}; those whose slots all have jobs take no parts.`;

const isWaiting = ({ state }: { readonly state: string }): boolean => state === 'waiting' || state === 'lost';
