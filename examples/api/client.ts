/** Launches a job over HTTP and follows it to its end, with the client that comes with Marlin; the same code runs in a page.
 *  Run: marlin serve &  then  npm run build && node dist/examples/api/client.js */
import { createClient, MarlinApiError } from 'marlin/client';

const { MARLIN_URL = 'http://127.0.0.1:7373', MARLIN_API_KEY } = process.env;
const client = createClient({ url: MARLIN_URL, ...(MARLIN_API_KEY ? { key: MARLIN_API_KEY } : {}) });

try {
  // Sent again by itself where the answer is lost; there is one job all the same.
  const { id } = await client.launchJob({
    spec: {
      name: 'client-example',
      env: { id: 'median-v1' },
      rollout: { shards: 2, envsPerShard: 4, horizon: 10 },
      stop: { iterations: 5 },
    },
    labels: { from: 'typescript' },
  });
  console.log('job', id);
  for await (const event of client.events(id)) {
    if (event.type === 'iteration') {
      console.log('iteration', event.iteration, 'reward per step', event.agents['agent-0']?.rewardPerStep);
    }
  }
  const { state, progress } = await client.getJob(id);
  console.log(state, progress.digest);
} catch (error) {
  if (!(error instanceof MarlinApiError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  for (const { pointer, detail } of error.pointers) console.error(`  ${pointer} ${detail}`);
  process.exitCode = 1;
}
