import type { AddressInfo } from 'node:net';
import { type TestApi, testApi } from './server.js';

/** A server of the running test's own that listens on a free port of this machine, and where. */
export async function listeningApi(
  ...options: Parameters<typeof testApi>
): Promise<TestApi & { readonly url: string }> {
  const api = await testApi(...options);
  await api.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.app.server.address() as AddressInfo;
  return { ...api, url: `http://127.0.0.1:${port}` };
}
