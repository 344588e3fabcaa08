import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type LearnerSize, learnersWanted } from '../../../../services/api/learners-wanted.js';

it.each<[string, readonly number[], number, number, number]>([
  ['nothing to do', [], 1, 1, 0],
  ['jobs that nobody shares', [0, 0, 0], 1, 1, 3],
  ['the same, two to a learner', [0, 0, 0], 2, 1, 2],
  ['a job of three learners', [2], 1, 1, 3],
  ['the same, where one takes two parts', [2], 1, 2, 2],
  // A free slot is of no use to parts of a job that its own learner leads.
  ['the same, where all have two slots', [2], 2, 1, 3],
  ['two jobs of two learners, which lead one each and take a part of the other’s', [1, 1], 2, 1, 2],
  ['the same with one slot each', [1, 1], 1, 1, 4],
  ['a job of three learners beside one of one, at two slots', [2, 0], 2, 1, 3],
  ['many jobs of two learners at two slots: half of all slots stay free for parts', [1, 1, 1, 1, 1, 1], 2, 1, 6],
  ['slots that are one and a half on average', [0, 0, 0], 1.5, 1, 2],
])('as many learners as can be busy at once: %s', (_, parts, slots, partSlots, wanted) => {
  expect(learnersWanted(parts, { slots, partSlots })).toBe(wanted);
});

/** Whether so many learners can lead the jobs and take all of their parts, by trying every way to lead them. */
function canShare(count: number, parts: readonly number[], { slots, partSlots }: LearnerSize): boolean {
  const leads: number[][] = Array.from({ length: count }, () => []);
  const place = (job: number): boolean => {
    if (job === parts.length) return fits();
    return leads.some((own) => {
      if (own.length === slots) return false;
      own.push(job);
      const done = place(job + 1);
      own.pop();
      return done;
    });
  };
  // Whatever set of jobs: those that may take a part of one of them have places for all of their parts.
  const fits = (): boolean =>
    Array.from({ length: 2 ** parts.length }, (_, set) =>
      parts.flatMap((_, job) => ((set >> job) & 1 ? [job] : [])),
    ).every((jobs) => {
      const takers = leads.filter(
        (own) => own.length < slots && jobs.some((job) => parts[job]! > 0 && !own.includes(job)),
      );
      return jobs.reduce((sum, job) => sum + parts[job]!, 0) <= takers.length * partSlots;
    });
  return place(0);
}

it('no fewer would do, and so many do', () => {
  const size = fc.record({ slots: fc.integer({ min: 1, max: 3 }), partSlots: fc.integer({ min: 1, max: 3 }) });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), size, (parts, of) => {
      const wanted = learnersWanted(parts, of);
      expect(canShare(wanted, parts, of)).toBe(true);
      if (wanted > 0) expect(canShare(wanted - 1, parts, of)).toBe(false);
    }),
    { numRuns: 100 },
  );
});
