/** The candidate that a misspelt `name` most likely means, or undefined when none is near: at most one edit in three
 *  characters, counting insertion, deletion, replacement and exchange of neighbors; case is ignored. Ties go to the first. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  // An edit distance costs the product of the lengths, and names may come from outside.
  const wanted = name.slice(0, MAX_COMPARED_LENGTH).toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.slice(0, MAX_COMPARED_LENGTH).toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

const MAX_COMPARED_LENGTH = 64;

/** Optimal string alignment distance, by rows of the usual table: two rows back is what an exchange needs. */
function editDistance(a: string, b: string): number {
  let twoBack: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, twoBack[j - 2] + 1);
      }
      current.push(distance);
    }
    twoBack = previous;
    previous = current;
  }
  return previous[b.length];
}
