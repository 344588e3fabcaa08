/** Question: what do many watchers of one running job cost? 500 streams of events of a job that trains over Redis: the memory of the
 *  API process, how late the events are, and what the learner keeps of its throughput.
 *
 *    npm run build && node bench/api/watchers.mjs [--watchers 500] [--seconds 15] [--rounds 2] [--hidden 64,64]
 *      [--json bench/results/api-watchers.json]
 *
 *  One learner, one actor, Redis, the API and the watchers (all in this process) share the machine. Windows without and with
 *  watchers take turns. Late: from when an event was written until each watcher has it, by the clock of this machine. */
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { fleetSpec, Service, startFleet } from '../fleet/parts/fleet.mjs';
import { circumstances, loadAverage, toJson, writeResult } from '../training/parts/report.mjs';
import { quantiles } from './parts/requests.mjs';

const { values: options } = parseArgs({
  options: {
    watchers: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '2' },
    hidden: { type: 'string', default: '64,64' },
    json: { type: 'string', default: 'bench/results/api-watchers.json' },
  },
});
const [WATCHERS, SECONDS, ROUNDS] = ['watchers', 'seconds', 'rounds'].map((name) => Number(options[name]));
/** Streams that are opened at once. */
const AT_ONCE = 25;
const hidden = options.hidden.split(',').filter(Boolean).map(Number);

const fleet = await startFleet({ actors: 1 });
const api = new Service('api', { REDIS_URL: fleet.url, API_PORT: '0', API_RATE_PER_MINUTE: '10000000' });
try {
  await api.started;
  const now = Date.now();
  const spec = JSON.stringify(fleetSpec(hidden, 1_000_000));
  await fleet.broker.jobs.submit({ jobId: 'job', state: 'queued', spec, createdAt: now, updatedAt: now });
  const learner = fleet.services.find(({ kind }) => kind === 'learner');
  while ((await learner.metrics()).marlin_learner_iterations_total < 5) await pause(200);
  const windows = [];
  console.log(
    '| watchers | agentSteps/s, thousand | API resident, MiB | API, cores | events/s of each | late, ms: p50 | p99 | load |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  for (let round = 0; round < ROUNDS; round++) {
    for (const count of [0, WATCHERS]) {
      const watchers = await watch(count);
      windows.push(await measure(learner, watchers));
      watchers.close();
      console.log(rowOf(windows.at(-1)));
    }
  }
  const of = (count) =>
    windows.filter(({ watchers }) => watchers === count).map(({ agentStepsPerSecond }) => agentStepsPerSecond);
  const share = median(of(WATCHERS)) / median(of(0));
  const rssMiB = Math.max(...windows.map((window) => window.rssMiB));
  console.log(`with ${WATCHERS} watchers: ${share.toFixed(2)} × the throughput; API at most ${rssMiB.toFixed(0)} MiB`);
  writeResult(options.json, toJson({ ...circumstances(), hidden, windows, share, rssMiB }));
} finally {
  await api.stop();
  await fleet.stop();
}

/** So many streams, all of them open. */
async function watch(count) {
  const late = [];
  const requests = [];
  let events = 0;
  const open = (i) =>
    new Promise((resolve, reject) => {
      const request = get(`${api.url}/v1/jobs/job/events?types=iteration`, { agent: false }, (response) => {
        response.on('error', () => {});
        resolve(response.statusCode === 200);
        if (response.statusCode !== 200) return response.resume();
        requests.push(request);
        let rest = '';
        response.setEncoding('utf8').on('data', (text) => {
          // One in ten reads what it gets; the others count.
          if (i % 10 !== 0) {
            events += text.split('\nevent: iteration').length - 1;
            return;
          }
          const at = Date.now();
          const parts = (rest + text).split('\n\n');
          rest = parts.pop();
          for (const part of parts) {
            const written = /"at":(\d+)/.exec(part);
            if (!part.includes('event: iteration') || written === null) continue;
            events++;
            late.push(at - Number(written[1]));
          }
        });
      });
      request.on('error', reject);
    });
  for (let from = 0; from < count; from += AT_ONCE) {
    const opened = Array.from({ length: Math.min(AT_ONCE, count - from) }, async (_, i) => {
      // Where all cores are busy, one may not be answered in time.
      while (!(await open(from + i))) await pause(200);
    });
    await Promise.all(opened);
  }
  return {
    count,
    late,
    get events() {
      return events;
    },
    close: () => {
      for (const request of requests) request.on('error', () => {}).destroy();
    },
  };
}

async function measure(learner, watchers) {
  // The history, which every watcher reads first, is not what is asked about.
  await pause(3000);
  watchers.late.length = 0;
  const before = {
    ...(await learner.metrics()),
    events: watchers.events,
    cpu: (await api.metrics()).process_cpu_seconds_total,
  };
  const begun = performance.now();
  let rss = 0;
  for (let second = 0; second < SECONDS; second++) {
    await pause(1000);
    rss = Math.max(rss, (await api.metrics()).process_resident_memory_bytes);
  }
  const seconds = (performance.now() - begun) / 1000;
  const after = await learner.metrics();
  const cpu = (await api.metrics()).process_cpu_seconds_total - before.cpu;
  return {
    watchers: watchers.count,
    agentStepsPerSecond: (after.marlin_learner_agent_steps_total - before.marlin_learner_agent_steps_total) / seconds,
    rssMiB: rss / 2 ** 20,
    cores: cpu / seconds,
    eventsPerSecond: watchers.count === 0 ? 0 : (watchers.events - before.events) / seconds / watchers.count,
    late: watchers.late.length === 0 ? null : quantiles(watchers.late),
    load: loadAverage(),
  };
}

function rowOf({ watchers, agentStepsPerSecond, rssMiB, cores, eventsPerSecond, late, load }) {
  const lateText = late === null ? ' | ' : `${late.p50} | ${late.p99}`;
  return `| ${watchers} | ${(agentStepsPerSecond / 1000).toFixed(1)} | ${rssMiB.toFixed(0)} | ${cores.toFixed(2)} | ${eventsPerSecond.toFixed(1)} | ${lateText} | ${load} |`;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
