import { expect, test, vi } from 'vitest';
import { doctor } from '../../../cli/commands/doctor.js';
import { fakeHost } from './fake-host.js';

/** What doctor says of the fleet where nobody answers. */
async function fleet(variables: Readonly<Record<string, string>>, url?: string) {
  const asked = vi.fn(() => Promise.reject(new TypeError('fetch failed')));
  vi.stubGlobal('fetch', asked);
  const { host, out } = fakeHost({ settings: { variables } });
  try {
    const code = await doctor(host, { out: '.', json: true, ...(url === undefined ? {} : { url }) });
    const { ok, checks } = JSON.parse(out.join('')) as { ok: boolean; checks: { check: string }[] };
    expect({ code, ok, asked: asked.mock.calls.length > 0 }).toEqual({ code: 0, ok: true, asked: true });
    return checks.filter(({ check }) => check === 'fleet');
  } finally {
    vi.unstubAllGlobals();
  }
}

test('who has no fleet is told so, and misses nothing', async () => {
  expect(await fleet({})).toEqual([
    { check: 'fleet', level: 'ok', found: expect.stringMatching(/^none at http:\/\//) },
  ]);
});

test('who names a fleet that does not answer is told what to look at, be it by a variable or an option', async () => {
  const warned = [
    {
      check: 'fleet',
      level: 'warn',
      found: expect.stringContaining('http://127.0.0.1:9'),
      remedy: 'Look at --url, or MARLIN_URL, and MARLIN_API_KEY.',
    },
  ];
  expect(await fleet({ MARLIN_URL: 'http://127.0.0.1:9' })).toEqual(warned);
  expect(await fleet({}, 'http://127.0.0.1:9')).toEqual(warned);
});
