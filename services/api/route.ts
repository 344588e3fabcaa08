import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ApiContext } from './context.js';
import type { Principal, Scope } from './security/principal.js';

/** The server as route groups see it: handlers have the types of the schemas that their routes declare. */
export type ApiServer = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** Adds the routes that belong together. Each declares a summary, its scope under `config`, and the schemas of all it takes and
 *  of every answer that is no problem; those of problems are added to all. */
export type RouteGroup = (app: ApiServer, context: ApiContext) => void;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a key must be allowed; `public` routes are answered without one. */
    readonly scope?: Scope | 'public';
  }
  interface FastifyRequest {
    /** Who asks; set before any handler runs, but on public routes. */
    principal: Principal;
  }
}
