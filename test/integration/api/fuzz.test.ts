import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { ApiDocument } from '../../helpers/api/fuzz/document.js';
import { Exchange } from '../../helpers/api/fuzz/exchange.js';
import { Fuzzer, TRAINED_JOB } from '../../helpers/api/fuzz/fuzzer.js';
import { Random } from '../../helpers/api/fuzz/random.js';
import { testApi } from '../../helpers/api/server.js';
import { quickJob, trainJob } from '../../helpers/api/trained.js';
import { listen } from '../../helpers/api/watched.js';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 1000);
const SEED = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
/** In the long run every operation has to have been answered as meant, and refused. */
const LONG_RUN = 20_000;

const examples = (): unknown[] =>
  readdirSync('examples')
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`examples/${name}`, 'utf8')) as unknown);

it(`answers ${REQUESTS} requests, right and wrong ones, as its document says (FUZZ_SEED=${SEED})`, async () => {
  console.log(`FUZZ_SEED=${SEED}`);
  const api = await testApi({ keysRequired: true });
  await trainJob(api, quickJob, { jobId: TRAINED_JOB, owner: 'ann' });
  const exchange = new Exchange(Number(new URL(await listen(api)).port));
  onTestFinished(() => exchange.close());
  const keys = {
    admin: { ...(await api.authorize('root', 'admin')) },
    owner: { ...(await api.authorize('ann', 'launch')) },
    reader: { ...(await api.authorize('root', 'read')) },
  };
  const { text } = await exchange.send({ method: 'GET', path: '/openapi.json', headers: {} });
  const document = new ApiDocument(JSON.parse(text) as Record<string, unknown>);
  const fuzzer = new Fuzzer({ api, exchange, document, keys, specs: examples(), random: new Random(SEED) });
  while (fuzzer.requests < REQUESTS && fuzzer.faults.length < 20) await fuzzer.play();

  const statuses = Object.fromEntries([...fuzzer.statuses].sort(([a], [b]) => a - b));
  const { requests, invalid, faults } = fuzzer;
  console.log(JSON.stringify({ seed: SEED, requests, invalid, statuses, faults: faults.length }));
  expect(faults).toEqual([]);
  expect(requests).toBeGreaterThanOrEqual(REQUESTS);
  if (REQUESTS < LONG_RUN) return;
  const answered = (operation: (typeof document.operations)[number]): boolean =>
    [...fuzzer.seen].some((seen) => seen.startsWith(`${operation.method} ${operation.path} 2`));
  expect(
    document.operations.filter((operation) => !answered(operation)).map(({ method, path }) => `${method} ${path}`),
  ).toEqual([]);
}, 1_800_000);
