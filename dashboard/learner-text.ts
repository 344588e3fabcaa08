/** Policies of a part that are named. */
const MOST_NAMES = 6;

/** The first few names, and how many more there are. */
export function nameSome(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).join(', ');
  return names.length > MOST_NAMES ? `${shown} and ${names.length - MOST_NAMES} more` : shown;
}

/** Whether a part has no learner of its own. */
export const isWaiting = ({ state }: { readonly state: string }): boolean => state === 'waiting' || state === 'lost';

/** What a learner works on: jobs that it has, and parts of those of others. */
export function worksOn(learner: {
  readonly jobIds: readonly string[];
  readonly parts: readonly { readonly jobId: string; readonly part: number }[];
}): readonly { readonly jobId: string; readonly part: number | null }[] {
  const { jobIds, parts } = learner;
  const led = jobIds.filter((id) => parts.every(({ jobId }) => jobId !== id));
  return [...led.map((jobId) => ({ jobId, part: null })), ...parts.map(({ jobId, part }) => ({ jobId, part }))];
}
