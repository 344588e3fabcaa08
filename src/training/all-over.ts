/** All results, or the first error once none of the work is under way any more: whoever lets go of a job then leaves nothing of
 *  it behind. */
export async function allOver<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
