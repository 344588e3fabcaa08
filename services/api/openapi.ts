type Json = Readonly<Record<string, unknown>>;

/** A document whose schemas that name themselves (`x-component`) stand under components/schemas once, and are referred to
 *  elsewhere; `given` are components that are only referred to, by `x-ref`. */
export function withComponents<D extends object>(document: D, given: Json): D {
  const schemas: Record<string, unknown> = { ...given };
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const { 'x-component': name, 'x-ref': ref, ...rest } = value as Json;
    if (typeof ref === 'string') {
      const { description } = rest;
      return { $ref: `#/components/schemas/${ref}`, ...(description === undefined ? {} : { description }) };
    }
    const walked = Object.fromEntries(Object.entries(rest).map(([key, own]) => [key, walk(own)]));
    if (typeof name !== 'string') return walked;
    schemas[name] = walked;
    return { $ref: `#/components/schemas/${name}` };
  };
  const result = walk(document) as D & { readonly components?: Json };
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...result, components: { ...result.components, schemas: sorted } };
}
