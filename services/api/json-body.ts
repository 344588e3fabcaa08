import { apiError } from './errors.js';
import type { ApiServer } from './route.js';

/** Reads bodies of JSON as the framework does, keys that reach prototypes refused, and says of one that it refuses what is wrong with it. */
export function takeJson(app: ApiServer): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body: string, done) => {
    parse(request, body, (error, value) => {
      if (error === null) done(null, value);
      else done(apiError('API_REQUEST_INVALID', problemIn(body), { cause: error }));
    });
  });
}

function problemIn(body: string): string {
  if (body.trim() === '') return 'the body is empty, and must be JSON';
  try {
    JSON.parse(body);
  } catch (error) {
    return `the body is not JSON: ${(error as Error).message.slice(0, 200)}`;
  }
  return 'the body has a key "__proto__", or a "constructor" with a "prototype", and nothing may be named so';
}
