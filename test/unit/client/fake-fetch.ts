/** What a fake API answers: an answer, an error of the connection, or a function of the request. */
export type Reply = Response | Error | ((request: Request) => Response | Promise<Response>);

export const answer = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

export const problem = (
  status: number,
  code: string,
  headers: Record<string, string> = {},
  more: object = {},
): Response =>
  answer(
    {
      type: `urn:marlin:error:${code}`,
      title: 'Wrong.',
      status,
      code,
      detail: `it is ${code}`,
      requestId: 'r-1',
      ...more,
    },
    status,
    { 'content-type': 'application/problem+json', ...headers },
  );

/** A connection that is refused, as `fetch` tells it. */
export const refused = (): Error =>
  new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
  });

/** Never answers; fails as `fetch` does when it is aborted. */
export const silent = (request: Request): Promise<Response> =>
  new Promise((_, reject) => {
    request.signal.throwIfAborted();
    request.signal.addEventListener('abort', () => reject(request.signal.reason));
  });

/** A `fetch` that gives the replies in order and keeps the requests. */
export function fakeFetch(replies: readonly Reply[]) {
  const requests: { method: string; url: string; headers: Headers; body: string }[] = [];
  const waiting = [...replies];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input as string, { ...init, duplex: 'half' } as RequestInit);
    requests.push({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: await request.clone().text(),
    });
    const reply = waiting.shift();
    if (reply === undefined) throw new Error('the fake API has no more replies');
    if (reply instanceof Error) throw reply;
    return reply instanceof Response ? reply : await reply(request);
  };
  return { fetch, requests, left: waiting };
}
