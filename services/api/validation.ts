import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import type { MarlinError } from '../../src/base/index.js';
import { apiError } from './errors.js';

const PLACES: Readonly<Record<string, string>> = {
  body: '',
  querystring: '/query',
  params: '/params',
  headers: '/headers',
};

/** A request that is not what its route declares, as one error with every place: pointers into the body, or beginning with
 *  /query, /params or /headers. */
export function requestFaults(errors: readonly FastifySchemaValidationError[], part: string): MarlinError {
  const place = PLACES[part] ?? `/${part}`;
  // A field too many is told of twice: by what holds it, and as itself.
  const told = errors.filter(({ keyword }) => keyword !== 'boolean');
  const faults = told.flatMap(({ instancePath, message = 'is not valid', params }) => {
    // A field too many, or one that is missing, is named by what holds it.
    const { additionalProperties, requiredProperties } = params as Readonly<Record<string, unknown>>;
    const names = [additionalProperties ?? requiredProperties ?? []].flat().map(String);
    const text = additionalProperties === undefined ? message : 'is not known here';
    const pointers = names.length === 0 ? [''] : names.map((name) => `/${escaped(name)}`);
    return pointers.map((pointer) => ({
      pointer: `${place}${instancePath}${pointer}`.slice(0, 300),
      message: requiredProperties === undefined ? text : 'is missing',
    }));
  });
  const places = onePerPlace(faults);
  const shown = places.map(({ pointer, message }) => `${pointer === '' ? 'the body' : pointer} ${message}`);
  return apiError('API_REQUEST_INVALID', shown.slice(0, SHOWN).join('; '), { data: { faults: places } });
}

/** Places that the message names; all are in the data. */
const SHOWN = 10;

interface PlacedFault {
  readonly pointer: string;
  readonly message: string;
}

/** What is wrong at a place, said once. */
function onePerPlace(faults: readonly PlacedFault[]): PlacedFault[] {
  const places = new Map<string, Set<string>>();
  for (const { pointer, message } of faults) {
    places.set(pointer, (places.get(pointer) ?? new Set()).add(message));
  }
  return Array.from(places, ([pointer, messages]) => ({ pointer, message: [...messages].join(', ') }));
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
