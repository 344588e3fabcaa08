/** Names of the stored jobs' owners, environments and algorithms are few, as they are in a fleet. */
const OWNERS = ['ada', 'bob', 'eve'];
/** Most jobs of a fleet have ended. None is queued: no learner is there. */
const STATES = [...Array(90).fill('succeeded'), ...Array(5).fill('failed'), ...Array(4).fill('paused'), 'running'];
const AT_ONCE = 200;

/** Stores `count` jobs of one spec, a second apart, the newest now; gives the stored ones. */
export async function storeJobs(broker, spec, count) {
  const now = Date.now();
  const stored = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const page = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    stored.push(
      ...(await Promise.all(
        page.map((i) => {
          const createdAt = now - 1000 * (count - i);
          return broker.jobs.submit({
            jobId: `job-${String(i).padStart(6, '0')}`,
            state: STATES[(i * 7) % STATES.length],
            spec: JSON.stringify({ ...spec, name: `sweep-${(i * 7919) % count}` }),
            createdAt,
            updatedAt: createdAt,
            metadata: JSON.stringify({ owner: OWNERS[i % OWNERS.length], labels: { team: `t${i % 20}` } }),
          });
        }),
      )),
    );
  }
  return stored;
}

/** Writes `perSecond` of the jobs again, one after another, until told to stop; resolves to how many it wrote. */
export function keepChanging(broker, stored, perSecond) {
  const jobs = [...stored];
  let written = 0;
  let writing = Promise.resolve();
  const timer = setInterval(() => {
    writing = writing.then(async () => {
      const at = (written * 31) % jobs.length;
      const { record, revision } = jobs[at];
      jobs[at] = await broker.jobs.compareAndSet(revision, { ...record, updatedAt: Date.now() });
      written++;
    });
  }, 1000 / perSecond);
  return async () => {
    clearInterval(timer);
    await writing;
    return written;
  };
}
