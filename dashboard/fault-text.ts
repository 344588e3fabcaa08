import type { FaultyPlace } from '../client/index.js';

/** What is wrong at a place, for where the place is plain: without the pointer that the API begins it with. */
export function faultText({ pointer, detail }: FaultyPlace): string {
  return detail.startsWith(`${pointer} `) ? detail.slice(pointer.length + 1) : detail;
}

/** What an error says before it lists its places; all of it where it lists none. */
export function withoutPlaces(message: string, places: readonly FaultyPlace[]): string {
  const [first] = places;
  const at = first === undefined ? -1 : message.indexOf(first.detail);
  const head = message.slice(0, Math.max(0, at)).replace(/[\s:]+$/, '');
  return head === '' ? message : `${head}.`;
}
