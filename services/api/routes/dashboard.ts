import { access } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { packageFile } from '../../../src/base/index.js';
import { apiError } from '../errors.js';
import type { RouteGroup } from '../route.js';

const BASE = '/dashboard/';
const PAGE = 'index.html';
/** What the build names after its content: a file of that name never changes. */
const HASHED = /^assets\/[\w-]+(\.[\w-]+)+$/;

/** The web page, from the folder of its files. They hold no data, so they are public; what it shows it asks the other routes for.
 *  Which of its pages is shown the page itself tells by its address, so every address under it answers the same file. */
export const dashboardRoutesFrom =
  (folder: string): RouteGroup =>
  (app) => {
    const shown = { config: { scope: 'public' }, schema: { hide: true } } as const;

    app.register(fastifyStatic, {
      root: folder,
      serve: false,
      cacheControl: false,
      // Copies that the build made.
      preCompressed: true,
      setHeaders: (reply, path) => {
        reply.header('cache-control', path.endsWith(PAGE) ? 'no-cache' : 'public, max-age=31536000, immutable');
      },
    });

    /** Sends a file that is there; else says that there is none, and why. */
    const send = async (reply: FastifyReply, path: string, missing: string): Promise<FastifyReply> => {
      try {
        await access(join(folder, path));
      } catch (cause) {
        throw apiError('API_ROUTE_UNKNOWN', missing, { cause });
      }
      return reply.sendFile(path);
    };

    app.get(`${BASE}*`, shown, async (request: FastifyRequest, reply) => {
      const { '*': path } = request.params as { readonly '*': string };
      return HASHED.test(path)
        ? send(
            reply,
            path,
            `there is no file ${JSON.stringify(path).slice(0, 200)} of the dashboard; load the page again`,
          )
        : send(reply, PAGE, 'the dashboard is not here: it was not built with this server (`npm run build` does)');
    });
    for (const path of ['/', BASE.slice(0, -1)]) {
      app.get(path, shown, async (_request, reply) => reply.redirect(BASE));
    }
  };

/** The web page as it was built with this server. */
export const dashboardRoutes: RouteGroup = dashboardRoutesFrom(packageFile('dist/dashboard'));
