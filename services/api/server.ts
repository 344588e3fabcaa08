import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import type { ApiContext } from './context.js';
import { validatorCompiler } from './convert.js';
import { apiError } from './errors.js';
import { takeJson } from './json-body.js';
import { Paths } from './paths.js';
import { PROBLEM_CONTENT_TYPE, problemOf } from './problems.js';
import { observeRequests } from './request-metrics.js';
import type { ApiServer, RouteGroup } from './route.js';
import { declareRoutes } from './route-rules.js';
import { catalogRoutes } from './routes/catalogs.js';
import { dashboardRoutes } from './routes/dashboard.js';
import { describeRoutes, documentationRoutes } from './routes/documentation.js';
import { fleetRoutes } from './routes/fleet.js';
import { jobRoutes } from './routes/jobs.js';
import { meRoutes } from './routes/me.js';
import { policyRoutes } from './routes/policies.js';
import { probeRoutes } from './routes/probes.js';
import { watchingRoutes } from './routes/watching.js';
import { Authenticator } from './security/authenticate.js';
import { allowOrigins } from './security/cors.js';
import { LOCAL_PRINCIPAL } from './security/principal.js';
import { requestFaults } from './validation.js';

const ROUTES: readonly RouteGroup[] = [
  jobRoutes,
  watchingRoutes,
  policyRoutes,
  catalogRoutes,
  fleetRoutes,
  meRoutes,
  probeRoutes,
  documentationRoutes,
  dashboardRoutes,
];

const MAX_HEADER_BYTES = 16_384;
const MAX_PARAMETER_CHARACTERS = 100;
const MINUTE_MS = 60_000;
/** Until a connection that says nothing is closed. */
const CONNECTION_TIMEOUT_MS = 60_000;
const CLOSING_LOOK_MS = 50;

/** Closing waits for requests, and would wait for connections too over which nothing was asked: those are closed at once. Those whose
 *  request was being answered then are left open by Node for another, and are closed once it is answered. */
function closeSilentConnections(app: ApiServer): void {
  const silent = new Set<Socket>();
  let looking: NodeJS.Timeout | undefined;
  app.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }) => silent.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
    looking = setInterval(() => app.server.closeIdleConnections(), CLOSING_LOOK_MS);
  });
  app.addHook('onClose', async () => clearInterval(looking));
}

/** The HTTP server with every route, not yet listening. What it says of errors is one table (problems.ts), what it takes is what the
 *  routes declare, and no request gets past the hook below without a key that allows its route. */
export async function createApiServer(context: ApiContext): Promise<ApiServer> {
  const { options, logger } = context;
  const paths = new Paths();
  const answerProblem = (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const late = !request.raw.complete && (error as { readonly code?: unknown }).code === 'FST_ERR_HANDLER_TIMEOUT';
    const { status, headers, body } = problemOf(late ? requestLate(options.arrivalMs) : error, request.id);
    // What is still to come of it would be taken for the next request.
    if (late) reply.header('connection', 'close');
    if (status >= 500) logger[status === 500 ? 'error' : 'warn']({ error, requestId: request.id }, 'a request failed');
    reply
      .code(status)
      .header('x-request-id', request.id)
      .headers(headers)
      .type(PROBLEM_CONTENT_TYPE)
      .send(JSON.stringify(body));
  };
  const app = fastify({
    logger: false,
    bodyLimit: options.bodyBytes,
    requestTimeout: options.arrivalMs,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    handlerTimeout: options.deadlineMs,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    trustProxy: options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    http: { maxHeaderSize: MAX_HEADER_BYTES },
    // What comes over a connection that was open when the server was told to stop is still answered, and the connection closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: true,
    // Minted here: one from the caller could be anything, in a log.
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    clientErrorHandler: refuseConnection,
    // A path that cannot be read has no route whose error handler could answer.
    frameworkErrors: answerProblem,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // Answers are built field by field and typed by their schemas; a serializer made of the schemas would drop and coerce in silence.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.setSchemaErrorFormatter(requestFaults);
  app.removeContentTypeParser('text/plain');
  takeJson(app);
  closeSilentConnections(app);

  app.setErrorHandler(answerProblem);
  app.setNotFoundHandler((request, reply) => {
    const allow = paths.methodsOf(request.url);
    const path = JSON.stringify(request.url.split('?', 1)[0]).slice(0, 200);
    const error =
      allow.length === 0
        ? apiError('API_ROUTE_UNKNOWN', `there is nothing at ${path}`)
        : apiError('API_METHOD_NOT_ALLOWED', `${request.method} is not possible at ${path}, but ${allow.join(', ')}`, {
            data: { allow: allow.join(', ') },
          });
    answerProblem(error, request, reply);
  });

  await app.register(helmet, {
    // The pages that are served bring all they need; nothing is loaded from elsewhere, and no page may frame them.
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        styleSrc: ["'self'", "'unsafe-inline'"],
        scriptSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    frameguard: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
    // Says nothing over plain HTTP, and is for whoever ends TLS to decide.
    strictTransportSecurity: false,
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  allowOrigins(app, options.corsOrigins);

  observeRequests(app, context.metrics);
  const authenticator = new Authenticator(context);
  await app.register(rateLimit, { global: false });
  const limits = { acts: options.actsPerMinute, requests: options.ratePerMinute };
  const counterOf = (max: number) =>
    app.createRateLimit({
      max,
      timeWindow: MINUTE_MS,
      keyGenerator: ({ principal, ip }) => principal.keyId ?? ip,
    });
  const counts = { acts: counterOf(limits.acts), requests: counterOf(limits.requests) };
  app.decorateRequest('principal', null as never);
  app.addHook('onRequest', async (request) => {
    request.principal = LOCAL_PRINCIPAL;
    const { scope } = request.routeOptions.config;
    authenticator.assertSameSite(request);
    if (scope === 'public' || request.is404) return;
    request.principal = { keyId: null, owner: '', scopes: [] };
    try {
      request.principal = await authenticator.identify(request);
    } finally {
      // Whoever is not identified is counted by address, so that keys cannot be tried at will.
      const kind = request.method === 'POST' && scope === 'act' && request.principal.owner !== '' ? 'acts' : 'requests';
      const counted = await counts[kind](request);
      if (!counted.isAllowed && counted.isExceeded) {
        // biome-ignore lint/correctness/noUnsafeFinally: too many requests come before what is wrong with each.
        throw apiError(
          'API_RATE_EXCEEDED',
          `more than ${limits[kind]} ${kind === 'acts' ? 'requests for actions' : 'requests'} in a minute`,
          {
            data: { seconds: counted.ttlInSeconds },
          },
        );
      }
    }
    // A route without a scope is refused when the server is made; for an admin only, if it ever gets here.
    authenticator.assertScope(request.principal, scope ?? 'admin');
  });

  await describeRoutes(app);
  await app.register(async (routed: ApiServer) => {
    declareRoutes(routed, paths, options.arrivalMs);
    for (const routes of ROUTES) routes(routed, context);
  });
  await app.ready();
  return app;
}

const requestLate = (arrivalMs: number): Error =>
  apiError('API_REQUEST_LATE', `the request did not arrive whole within ${arrivalMs} ms; send its body at once`);

/** Answers what is no HTTP request at all; there is no request object then. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431', 'Request Header Fields Too Large']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408', 'Request Timeout']
        : ['400', 'Bad Request'];
  const body = JSON.stringify({
    ...problemOf(apiError('API_REQUEST_INVALID', `the request cannot be read: ${reason}`), randomUUID()).body,
    status: Number(status),
  });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: ${PROBLEM_CONTENT_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
