/** Makes one report, in a thread of its own: of a long job that takes longer than other requests may wait. Gets pages of payloads of
 *  the job's events, in order, and null after the last; gives the page and its policy. */
import { parentPort, workerData } from 'node:worker_threads';
import { renderReport } from '../../src/report/index.js';
import { policyFor, type ReportedJob, readUplot } from './report.js';
import { ReportEvents } from './report-events.js';

const { job } = workerData as { readonly job: ReportedJob };
const events = new ReportEvents();
const uplot = readUplot();

parentPort!.on('message', async (payloads: readonly string[] | null) => {
  if (payloads !== null) {
    for (const payload of payloads) events.add({ payload });
    return;
  }
  const html = renderReport({ job, events: events.counting, uplot: await uplot });
  const bytes = new TextEncoder().encode(html);
  parentPort!.postMessage({ bytes, policy: policyFor(html) }, [bytes.buffer]);
  parentPort!.close();
});
