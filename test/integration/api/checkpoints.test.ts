import { createHash } from 'node:crypto';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createFileCheckpointStore, decodeCheckpoint } from '../../../src/checkpoints/index.js';
import { testApi } from '../../helpers/api/server.js';
import { submitJob } from '../../helpers/api/watched.js';

async function setUp(count = 2) {
  const api = await testApi();
  const folder = join(api.context.options.checkpointFolder, await submitJob(api.broker));
  const store = createFileCheckpointStore(folder);
  for (let i = 1; i <= count; i++) {
    const tensor = { name: 'weights', dtype: 'f32', shape: [3], bytes: new Uint8Array(12).fill(i) } as const;
    await store.save({ iteration: 10 * i, facts: {}, tensors: [tensor] }, 10);
  }
  const get = (path: string, headers: Record<string, string> = {}) =>
    api.app.inject({ url: `/v1/jobs/job/checkpoints${path}`, headers });
  return { ...api, folder, get };
}

it('lists what there is, and nothing where there is nothing yet', async () => {
  expect((await (await setUp(0)).get('')).json()).toEqual({ checkpoints: [] });
  const { get } = await setUp();
  const { checkpoints } = (await get('')).json();
  expect(checkpoints.map(({ iteration }: { iteration: number }) => iteration)).toEqual([10, 20]);
  expect(checkpoints[0].download).toBe('/v1/jobs/job/checkpoints/10/download');
});

it('shows one, and what it holds', async () => {
  const { get } = await setUp();
  const response = await get('/20');
  const body = response.json();
  expect(body).toMatchObject({ iteration: 20, tensors: [{ name: 'weights', dtype: 'f32', shape: [3] }] });
  expect(response.headers.etag).toBe(`"${body.digest}"`);
});

it('downloads one whole, whose digest is its ETag', async () => {
  const { get } = await setUp();
  const response = await get('/10/download');
  const bytes = response.rawPayload;
  expect(response.headers['content-type']).toBe('application/octet-stream');
  expect(Number(response.headers['content-length'])).toBe(bytes.length);
  expect([...decodeCheckpoint(bytes, 'the download').tensors[0]!.bytes]).toEqual(new Array(12).fill(1));
  const digest = createHash('sha256').update(bytes.subarray(0, -32)).digest('hex');
  expect(response.headers.etag).toBe(`"${digest}"`);
  expect((await get('/10/download', { 'if-none-match': `"other", "${digest}"` })).statusCode).toBe(304);
});

it.each([
  ['bytes=0-9', 0, 9],
  ['bytes=100-', 100, -1],
  ['bytes=-32', -32, -1],
  ['bytes=5-99999999', 5, -1],
])('downloads the range %s', async (range, from, to) => {
  const { get } = await setUp();
  const whole = (await get('/10/download')).rawPayload;
  const [first, last] = [(from + whole.length) % whole.length, (to + whole.length) % whole.length];
  const part = await get('/10/download', { range });
  expect(part.statusCode).toBe(206);
  expect(part.headers['content-range']).toBe(`bytes ${first}-${last}/${whole.length}`);
  expect(part.rawPayload).toEqual(whole.subarray(first, last + 1));
});

it.each([
  [{ range: 'bytes=9-3' }],
  [{ range: 'bytes=99999999-' }],
  [{ range: 'bytes=-' }],
  [{ range: 'bytes=-0' }],
  [{ range: 'bytes=0-1,5-6' }],
  [{ range: 'lines=0-1' }],
  [{ range: 'bytes=0-9', 'if-range': '"another"' }],
])('sends all of it for %j', async (headers) => {
  const { get } = await setUp();
  const response = await get('/10/download', headers as Record<string, string>);
  expect(response.statusCode).toBe(200);
  expect(response.rawPayload.length).toBe(Number(response.headers['content-length']));
});

it.each(['/10', '/10/download'])('does not say where the file of %s would lie', async (path) => {
  const { get, folder } = await setUp(0);
  const response = await get(path);
  expect(response.statusCode).toBe(404);
  expect(response.json().code).toBe('CHECKPOINT_UNKNOWN');
  expect(response.body).not.toContain(folder);
});

it('says that one is damaged, and not where it lies', async () => {
  const { get, folder } = await setUp();
  truncateSync(join(folder, 'checkpoint-00000010.marlin'), 50);
  writeFileSync(join(folder, 'checkpoint-00000020.marlin'), '');
  for (const path of ['/10', '/20']) {
    const response = await get(path);
    expect([response.statusCode, response.json().code]).toEqual([409, 'CHECKPOINT_CORRUPT']);
    expect(response.body).not.toContain(folder);
  }
  expect((await get('/20/download')).json().code).toBe('CHECKPOINT_CORRUPT');
});

it.each(['/..%2f10', '/-1', '/1e3', '/1.5', '/x', '/99999999999999999999', '/%2e%2e/download', '/10%00/download'])(
  'takes no path: %s',
  async (path) => {
    const { get } = await setUp();
    const response = await get(path);
    expect([400, 404]).toContain(response.statusCode);
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  },
);
