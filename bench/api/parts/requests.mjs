import { Agent, get } from 'node:http';
import autocannon from 'autocannon';

/** Milliseconds at a share of sorted values. */
const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

export function quantiles(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    p50: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    p999: at(sorted, 0.999),
    max: sorted.at(-1),
    count: sorted.length,
  };
}

/** Asks `rate` times a second, one request every 1/rate s whatever became of those before; each latency is counted from when
 *  the request was due. */
export async function askEvenly(url, rate, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const latencies = [];
  let failed = 0;
  const pending = [];
  const begun = performance.now();
  for (let i = 0; i < rate * seconds; i++) {
    const due = begun + (1000 * i) / rate;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(
      ask(url, agent).then((status) => {
        if (status === 200) latencies.push(performance.now() - due);
        else failed++;
      }),
    );
  }
  await Promise.all(pending);
  agent.destroy();
  return { ...quantiles(latencies), failed };
}

function ask(url, agent) {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
      response.once('error', reject);
    }).once('error', reject);
  });
}

/** The same rate as autocannon makes it: over 10 connections, each of which sends its share of a second's requests one after
 *  another without a pause, and then waits for the next second. */
export async function askInBursts(url, rate, seconds) {
  const latencies = [];
  const run = autocannon({ url, connections: 10, overallRate: rate, duration: seconds });
  run.on('response', (_client, _status, _bytes, ms) => latencies.push(ms));
  const { non2xx, errors } = await run;
  return { ...quantiles(latencies), failed: non2xx + errors };
}
