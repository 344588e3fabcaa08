import type { FastifyRequest } from 'fastify';
import type { ApiContext } from '../context.js';
import { apiError } from '../errors.js';
import { type ApiKey, parseKeyText, secretFits } from './keys.js';
import { hostOf, isLoopback } from './loopback.js';
import { allows, LOCAL_PRINCIPAL, type Principal, type Scope } from './principal.js';

/** How long a key that was found is believed without asking again: so much later is a revoked one refused. */
const BELIEVED_MS = 5000;
const REMEMBERED_KEYS = 1000;

/** Tells who makes a request, and refuses those that may not be made at all. */
export class Authenticator {
  readonly #context: Pick<ApiContext, 'options' | 'keys' | 'clock'>;
  readonly #keyless: boolean;
  readonly #remembered = new Map<string, { readonly key: ApiKey; readonly atMs: number }>();

  constructor(context: Pick<ApiContext, 'options' | 'keys' | 'clock'>) {
    this.#context = context;
    this.#keyless = isLoopback(context.options.host) && !context.options.keysRequired;
  }

  /** Throws API_HOST_REFUSED and API_ORIGIN_REFUSED. Without keys, whoever reaches the server may do everything, and pages in a
   *  browser on this machine reach it: those of other origins, and those that gave this address to a name of theirs. */
  assertSameSite({ headers, method }: FastifyRequest): void {
    const { allowedHosts, corsOrigins, host } = this.#context.options;
    const { origin } = headers;
    if (this.#keyless && !this.#named(headers.authorization)) {
      const called = hostOf(headers.host);
      if (called === null || !(isLoopback(called) || called === host || allowedHosts.includes(called))) {
        throw apiError(
          'API_HOST_REFUSED',
          `the Host header is ${JSON.stringify(headers.host ?? '').slice(0, 100)}, which is not this server; call it as localhost`,
        );
      }
      // A link on another page leads here: a person's browser shows what it gets, and the page that had the link sees nothing of it.
      const followed = headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
      const crossSite =
        origin === undefined && headers['sec-fetch-site'] === 'cross-site' && !(followed && isRead(method));
      if (crossSite || (origin !== undefined && !corsOrigins.includes(origin) && !sameHost(origin, headers.host))) {
        throw apiError('API_ORIGIN_REFUSED', 'the request comes from a page of another origin, which is not allowed');
      }
    }
  }

  /** Rejects with API_KEY_REQUIRED, and with what the key store rejects with. */
  async identify({ headers: { authorization } }: FastifyRequest): Promise<Principal> {
    if (!this.#named(authorization)) {
      if (this.#keyless) return LOCAL_PRINCIPAL;
      throw apiError('API_KEY_REQUIRED', 'the request has no API key: send Authorization: Bearer mk_…');
    }
    const parts = parseKeyText(/^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '');
    if (parts === null) throw apiError('API_KEY_REQUIRED', 'the Authorization header is not Bearer and an API key');
    const key = await this.#find(parts.keyId);
    const fits = secretFits(parts.secret, key);
    if (key === null || !fits) throw apiError('API_KEY_REQUIRED', 'the API key is not known');
    if (key.expiresAt !== undefined && key.expiresAt <= this.#context.clock.now()) {
      throw apiError('API_KEY_REQUIRED', 'the API key has expired');
    }
    return { keyId: key.keyId, owner: key.owner, scopes: key.scopes };
  }

  /** Throws API_SCOPE_MISSING. */
  assertScope(principal: Principal, scope: Scope): void {
    if (allows(principal, scope)) return;
    throw apiError('API_SCOPE_MISSING', `this needs an API key with the scope ${scope}`, { data: { scope } });
  }

  #named(authorization: string | undefined): boolean {
    return authorization !== undefined && authorization !== '';
  }

  async #find(keyId: string): Promise<ApiKey | null> {
    const { clock, keys } = this.#context;
    const now = clock.monotonic();
    const remembered = this.#remembered.get(keyId);
    if (remembered !== undefined && now - remembered.atMs < BELIEVED_MS) return remembered.key;
    const key = await keys.get(keyId);
    this.#remembered.delete(keyId);
    if (key !== null) this.#remembered.set(keyId, { key, atMs: now });
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size > REMEMBERED_KEYS) this.#remembered.delete(oldest);
    return key;
  }
}

function sameHost(origin: string, host: string | undefined): boolean {
  // As URLs, because either may name the usual port or leave it out.
  const own = `http://${host}`;
  return URL.canParse(origin) && URL.canParse(own) && new URL(origin).host === new URL(own).host;
}

const isRead = (method: string): boolean => method === 'GET' || method === 'HEAD';
