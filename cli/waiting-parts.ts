import type { Broker } from '../src/broker/index.js';
import { START_LEARNER } from './job-learners.js';

/** How often it is looked, by default. What a learner just lets go of another often takes before the next look, so only what is seen at
 *  two looks in a row is told. */
const LOOK_MS = 1000;

export interface WaitingPartsModules {
  readonly broker: Pick<Broker, 'parts'>;
  readonly note: (text: string) => void;
  /** Default: a second. */
  readonly lookMs?: number;
}

/** Says which parts of a job wait for a learner of their own, once, and again whenever that has changed; nothing while all have one
 *  that had one from the beginning, and nothing of a job that no learner has. Gives what ends it. */
export function watchWaitingParts(jobId: string, { broker, note, lookMs = LOOK_MS }: WaitingPartsModules): () => void {
  let told = '';
  let seen = '';
  let looking = false;
  const look = async (): Promise<void> => {
    const offered = await broker.parts.offered(jobId);
    if (offered === null) return;
    const waiting = offered.parts.filter(({ holder }) => !holder?.alive).map(({ part }) => part);
    const now = waiting.join(', ');
    const steady = now === seen;
    seen = now;
    if (!steady || now === told) return;
    told = now;
    const one = waiting.length === 1;
    note(
      waiting.length === 0
        ? 'learners: each part of the job has one of its own'
        : `learners: ${one ? 'part' : 'parts'} ${now} ${one ? 'waits' : 'wait'} for one of ${one ? 'its' : 'their'} own; ` +
            `until then the one that leads the job updates ${one ? 'it' : 'them'}. Start more with ${START_LEARNER}`,
    );
  };
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      // The broker is away: whoever follows the job waits for that, and is told if it does not pass.
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, lookMs);
  return () => clearInterval(timer);
}
