import type { FaultyPlace } from '../../../../client/index.js';
import { faultText } from '../../../fault-text.js';
import type { FormNode } from './form-node.js';

/** Where the spec is in a request. */
const SPEC = '/spec';

export interface PlacedFaults {
  /** Pointer into the spec, of a place that is shown → what is wrong there. */
  readonly at: ReadonlyMap<string, string>;
  /** Pointers into the request of what is said there. */
  readonly placed: ReadonlySet<string>;
  /** What is wrong elsewhere. */
  readonly elsewhere: readonly FaultyPlace[];
}

export const NO_FAULTS: PlacedFaults = { at: new Map(), placed: new Set(), elsewhere: [] };

/** Puts the faults of a request at the places of its spec that a form shows: each at its own place, or at the nearest around it. */
export function placeFaults(faults: readonly FaultyPlace[], shown: ReadonlySet<string>): PlacedFaults {
  const at = new Map<string, string>();
  const placed = new Set<string>();
  const elsewhere: FaultyPlace[] = [];
  for (const fault of faults) {
    const place = fault.pointer.startsWith(`${SPEC}/`) ? nearest(fault.pointer.slice(SPEC.length), shown) : '';
    if (place === '') {
      elsewhere.push(fault);
      continue;
    }
    placed.add(fault.pointer);
    const rest = fault.pointer.slice(SPEC.length + place.length + 1);
    const text = rest === '' ? faultText(fault) : `${rest} ${faultText(fault)}`;
    const before = at.get(place);
    at.set(place, before === undefined ? text : `${before}; ${text}`);
  }
  return { at, placed, elsewhere };
}

/** The shown place at the pointer or around it; empty where there is none but the whole. */
function nearest(pointer: string, shown: ReadonlySet<string>): string {
  let place = pointer;
  while (place !== '' && !shown.has(place)) place = place.slice(0, place.lastIndexOf('/'));
  return place;
}

/** Whether something at the place, or inside it, is faulty. */
export const faultyWithin = ({ at }: PlacedFaults, pointer: string): boolean =>
  [...at.keys()].some((place) => place === pointer || place.startsWith(`${pointer}/`));

/** The needed fields of chosen alternatives that are still empty. Of these the API says only that no alternative fits: what it says
 *  of the alternative as a whole is left out until they are filled in. */
export function withMissing(faults: PlacedFaults, form: FormNode): PlacedFaults {
  const at = new Map(faults.at);
  const visit = (node: FormNode, chosen: boolean): boolean => {
    switch (node.kind) {
      case 'union': {
        const missing = node.inner !== null && visit(node.inner, true);
        if (missing) for (const place of [node.pointer, `${node.pointer}/kind`]) at.delete(place);
        return missing;
      }
      case 'map':
        return node.entries.map((entry) => visit(entry.node, false)).some(Boolean);
      case 'group': {
        const missing = node.fields.filter(
          ({ required, node: { value } }) => chosen && required && value === undefined,
        );
        const inside = node.fields.map((field) => visit(field.node, false)).some(Boolean);
        for (const field of missing) at.set(field.node.pointer, 'is needed');
        return missing.length > 0 || inside;
      }
      default:
        return false;
    }
  };
  visit(form, false);
  return { ...faults, at };
}
