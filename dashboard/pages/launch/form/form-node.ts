import { isObject, type JsonSchema, looksLike, resolveConditions } from './json-schema.js';
import { type Path, pointerOf } from './spec-value.js';

export interface Choice {
  readonly value: unknown;
  readonly label: string;
  readonly description: string;
}

export interface Alternative {
  readonly label: string;
  /** What the field becomes when it is chosen. */
  readonly start: unknown;
}

/** A place of the spec as a form shows it. */
export type FormNode = {
  readonly path: Path;
  /** RFC 6901, into the spec. */
  readonly pointer: string;
  readonly description: string;
  /** What holds where nothing is said; undefined where there is none. */
  readonly default: unknown;
  /** What the spec says; undefined where it says nothing. */
  readonly value: unknown;
} & (
  | { readonly kind: 'number'; readonly integer: boolean; readonly bounds: string }
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'choice'; readonly choices: readonly Choice[] }
  /** A flat list of numbers or words. */
  | { readonly kind: 'list'; readonly bounds: string }
  /** One of several forms; `chosen` is which, and `inner` the form of it, null where it is a constant. */
  | {
      readonly kind: 'union';
      readonly alternatives: readonly Alternative[];
      readonly chosen: number;
      readonly inner: FormNode | null;
    }
  | { readonly kind: 'group'; readonly fields: readonly FormField[] }
  /** Entries by names that the person gives. */
  | { readonly kind: 'map'; readonly entries: readonly FormField[]; readonly start: unknown; readonly pattern: string }
  /** What no form is made for. */
  | { readonly kind: 'json' }
);

export interface FormField {
  readonly name: string;
  readonly required: boolean;
  readonly node: FormNode;
}

/** The form of a schema around what a spec says there. */
export function formOf(schema: JsonSchema, value: unknown, path: Path = []): FormNode {
  const common = {
    path,
    pointer: pointerOf(path),
    description: schema.description ?? '',
    default: schema.default,
    value,
  };
  const constants = constantsOf(schema);
  if (constants !== null) return { ...common, kind: 'choice', choices: constants };
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return { ...common, ...unionOf(alternatives, schema, value, path) };
  switch (schema.type) {
    case 'integer':
    case 'number':
      return { ...common, kind: 'number', integer: schema.type === 'integer', bounds: boundsText(schema) };
    case 'string':
      return { ...common, kind: 'text' };
    case 'boolean':
      return { ...common, kind: 'boolean' };
    case 'array': {
      const items = schema.prefixItems ?? (typeof schema.items === 'object' ? [schema.items] : []);
      const flat = items.length > 0 && items.every(({ type }) => ['integer', 'number', 'string'].includes(type ?? ''));
      return flat ? { ...common, kind: 'list', bounds: boundsText(items[0]!) } : { ...common, kind: 'json' };
    }
  }
  return { ...common, ...objectOf(schema, value, path) };
}

function objectOf(schema: JsonSchema, value: unknown, path: Path) {
  const { properties, patternProperties, required = [] } = resolveConditions(schema, value);
  const said = isObject(value) ? value : {};
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([name, property]) => ({
      name,
      required: required.includes(name),
      node: formOf(property, said[name], [...path, name]),
    }));
    return { kind: 'group', fields } as const;
  }
  const [[pattern, entry] = [undefined, undefined]] = Object.entries(patternProperties ?? {});
  if (entry === undefined || Object.keys(entry).length === 0) return { kind: 'json' } as const;
  const entries = Object.entries(said).map(([name, inner]) => ({
    name,
    required: false,
    node: formOf(entry, inner, [...path, name]),
  }));
  return { kind: 'map', entries, start: entry.type === 'object' ? {} : '', pattern: pattern ?? '' } as const;
}

/** The values of a schema that allows constants only; null for any other. */
function constantsOf(schema: JsonSchema): Choice[] | null {
  const constants =
    'const' in schema
      ? [{ const: schema.const }]
      : (schema.enum?.map((value): JsonSchema => ({ const: value })) ?? schema.anyOf ?? schema.oneOf);
  if (constants === undefined || !constants.every((constant) => 'const' in constant)) return null;
  return constants.map(({ const: value, description = '' }) => ({ value, label: textOf(value), description }));
}

function unionOf(alternatives: readonly JsonSchema[], schema: JsonSchema, value: unknown, path: Path) {
  const current = value ?? schema.default;
  const found = alternatives.findIndex((alternative) => looksLike(alternative, current));
  const chosen = Math.max(0, found);
  const alternative = alternatives[chosen]!;
  return {
    kind: 'union',
    alternatives: alternatives.map((each) => ({ label: nameOf(each), start: startOf(each, current, schema.default) })),
    chosen,
    // What holds by default is shown as if it were said, so that it can be changed in part.
    inner: 'const' in alternative ? null : formOf(alternative, current, path),
  } as const;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What an alternative is called: its constant, the constant that distinguishes it, or what it is. */
function nameOf(schema: JsonSchema): string {
  if ('const' in schema) return textOf(schema.const);
  if (schema.title !== undefined) return schema.title;
  const distinguishing = Object.values(schema.properties ?? {}).find((property) => 'const' in property);
  if (distinguishing !== undefined) return textOf(distinguishing.const);
  const names: Readonly<Record<string, string>> = {
    array: 'a list',
    object: 'by name',
    string: 'a text',
    integer: 'a number',
    number: 'a number',
  };
  return names[schema.type ?? ''] ?? 'other';
}

/** What a union becomes: the constant; the default where it is of this form; else what is known, with all that fits of what was
 *  there before. */
function startOf(schema: JsonSchema, before: unknown, standard: unknown): unknown {
  if ('const' in schema) return schema.const;
  if (standard !== undefined && looksLike(schema, standard)) return standard;
  if (schema.type === 'array') return [];
  if (schema.type === 'string') return '';
  if (schema.type !== 'object') return undefined;
  const said = isObject(before) ? before : {};
  return Object.fromEntries(
    Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
      if ('const' in property) return [[name, property.const]];
      return Object.hasOwn(said, name) ? [[name, said[name]]] : [];
    }),
  );
}

/** Above it, a bound is only what the numbers can hold. */
const NO_BOUND = 1e9;

/** The bounds of a number as text: `0 – 1`, `> 0`, `≥ 1`. */
export function boundsText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const low = minimum ?? exclusiveMinimum;
  const high = maximum ?? exclusiveMaximum;
  const bounded = high !== undefined && Math.abs(high) < NO_BOUND;
  const show = (value: number): string =>
    value.toLocaleString('en-US', { maximumSignificantDigits: 6 }).replace('-', '−');
  const above = low === undefined ? '' : `${minimum === undefined ? '>' : '≥'} ${show(low)}`;
  const below = bounded ? `${maximum === undefined ? '<' : '≤'} ${show(high)}` : '';
  if (above === '' || below === '') return above + below;
  if (minimum !== undefined && maximum !== undefined) return `${show(minimum)} – ${show(maximum)}`;
  return `${above}, ${below}`;
}

/** The fields inside a chosen alternative but for those that say which one it is, as that was chosen already. */
export const fieldsToFill = (fields: readonly FormField[]): FormField[] =>
  fields.filter(({ node }) => node.kind !== 'choice' || node.choices.length > 1);

/** The pointers of all that a form shows, groups too. */
export function shownPointers(node: FormNode): Set<string> {
  const pointers = new Set<string>();
  const visit = (at: FormNode, fieldsOf = (fields: readonly FormField[]): readonly FormField[] => fields): void => {
    pointers.add(at.pointer);
    if (at.kind === 'group') for (const { node: inner } of fieldsOf(at.fields)) visit(inner);
    if (at.kind === 'map') for (const { node: inner } of at.entries) visit(inner);
    if (at.kind === 'union' && at.inner !== null) visit(at.inner, fieldsToFill);
  };
  visit(node);
  return pointers;
}
