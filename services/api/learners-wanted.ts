/** How large the learners are, as far as jobs and parts are concerned: means, at least 1. */
export interface LearnerSize {
  /** Jobs that one leads at once. */
  readonly slots: number;
  /** Parts of others' jobs that one takes at once, as long as one of its slots has no job. */
  readonly partSlots: number;
}

/** The fewest learners of a size that all jobs could keep busy at once. `parts`: of each job, how many of its parts others may update.
 *  Learners with one slot lead a job or take parts; those with more do both, but take no parts of a job that they lead. */
export function learnersWanted(parts: readonly number[], size: LearnerSize): number {
  const descending = [...parts].sort((a, b) => b - a);
  const all = parts.reduce((sum, own) => sum + own, 0);
  let least = Math.ceil(parts.length / size.slots);
  // With jobs and parts at learners of their own there are always enough.
  let most = least + Math.ceil(all / size.partSlots);
  while (least < most) {
    const count = Math.floor((least + most) / 2);
    if (areEnough(count, descending, all, size)) most = count;
    else least = count + 1;
  }
  return most;
}

/** Whether so many learners can lead the jobs and take all of their parts. Jobs that have most of them go to learners whose slots are all
 *  taken, because there they leave the most to choose from; the rest is spread evenly over those with a free slot. */
function areEnough(count: number, parts: readonly number[], all: number, { slots, partSlots }: LearnerSize): boolean {
  const free = Math.min(count, Math.floor(count * slots) - parts.length);
  if (free < 0 || free * partSlots < all) return false;
  const led = new Array<number>(free).fill(0);
  for (const own of parts.slice(Math.floor((count - free) * slots))) {
    if (own === 0) break;
    const least = led.indexOf(Math.min(...led));
    led[least]! += own;
    if (led[least]! > (free - 1) * partSlots) return false;
  }
  return true;
}
