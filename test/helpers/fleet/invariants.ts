import type { RecordedEvent } from './history.js';

/** What is wrong with the history of a job that ended after `iterations` iterations; empty if nothing is.
 *  A learner that goes on with a job begins at a checkpoint, and whatever was told of iterations after it is void: they are made
 *  again. Void is also what a learner tells after another has begun. What then remains must be every iteration, once, in order. */
export function historyFaults(events: readonly RecordedEvent[], iterations: number): string[] {
  const faults: string[] = [];
  /** Iterations that count so far, ascending. */
  let made: number[] = [];
  /** What the learner now at work has done; null before the first. */
  let standing: number | null = null;
  let term = 0;
  for (const event of events) {
    if (event.term < term) continue;
    if (event.term > term && event.type !== 'started') faults.push(`a learner told ${event.type} before it had begun`);
    term = event.term;
    if (event.type === 'started') {
      made = made.filter((iteration) => iteration <= event.iteration);
      if ((made.at(-1) ?? 0) !== event.iteration) {
        faults.push(`a learner begins at ${event.iteration}, but the history before ends at ${made.at(-1) ?? 0}`);
      }
      standing = event.iteration;
    } else if (event.type === 'iteration') {
      if (standing === null) faults.push(`iteration ${event.iteration} was made before any learner had begun`);
      else if (event.iteration !== standing + 1) faults.push(`iteration ${event.iteration} follows ${standing}`);
      standing = event.iteration;
      made.push(event.iteration);
    }
  }
  made.forEach((iteration, i) => {
    if (iteration !== i + 1) faults.push(`place ${i + 1} of the history is iteration ${iteration}`);
  });
  if (made.length !== iterations) faults.push(`${made.length} iterations count, of ${iterations}`);
  const last = events.at(-1);
  if (last?.type !== 'finished' || last.state !== 'succeeded') faults.push(`the last event is ${JSON.stringify(last)}`);
  if (events.filter(({ type }) => type === 'finished').length > 1) faults.push('the job finished more than once');
  return faults;
}
