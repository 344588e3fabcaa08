import type { Parameter, Schema } from './document.js';
import type { Random } from './random.js';

/** Texts for parameters of any kind. */
const STRANGE = [
  '',
  ' ',
  'x',
  '-1',
  '0',
  '1',
  '1.5',
  '1e400',
  'NaN',
  'null',
  'true',
  '99999999999999999999',
  '٣',
  "' OR 1=1",
  '%',
  '../..',
  'a,b',
  ',',
  'x'.repeat(600),
];

/** What a parameter may be: words that mean something, or what its schema allows. */
export function goodText({ name, schema }: Parameter, random: Random): string {
  const words = WORDS[name];
  if (words !== undefined) return random.pick(words);
  const {
    enum: choices,
    type,
    minimum = 0,
    maximum = 1000,
    anyOf,
  } = schema as {
    readonly enum?: readonly string[];
    readonly type?: string;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly anyOf?: readonly Schema[];
  };
  if (choices !== undefined) return random.pick(choices);
  if (anyOf !== undefined) return goodText({ name: '', in: 'query', schema: anyOf[0]! }, random);
  if (type === 'boolean') return random.pick(['true', 'false']);
  if (type === 'integer' || type === 'number')
    return String(minimum + random.below(Math.min(maximum - minimum, 1000) + 1));
  return random.pick(['a', 'median-v1', 'ppo', 'x1']);
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  types: ['iteration', 'started,finished', 'checkpoint'],
  'last-event-id': ['0', '3', '10'],
  'if-match': ['"1"', '"2"', '*', 'W/"1"', 'x'],
  names: ['return', 'return,policyLoss', 'policyLag'],
  agents: ['buyer', 'seller,buyer'],
  range: ['bytes=0-10', 'bytes=-5', 'bytes=900000-', 'x'],
};

export const strangeText = (random: Random): string => random.pick(STRANGE);

/** Whether a text is one that the schema allows, however texts are read as numbers: what is doubtful is allowed. */
export function isAllowed(schema: Schema, text: string): boolean {
  const {
    enum: choices,
    type,
    anyOf,
    pattern,
    minimum,
    maximum,
    minLength = 0,
    maxLength = Number.POSITIVE_INFINITY,
  } = schema as {
    readonly enum?: readonly string[];
    readonly type?: string;
    readonly anyOf?: readonly Schema[];
    readonly pattern?: string;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly minLength?: number;
    readonly maxLength?: number;
  };
  if (anyOf !== undefined) return anyOf.some((each) => isAllowed(each, text));
  if (choices !== undefined) return choices.includes(text);
  if (type === 'array') return false;
  if (type === 'boolean') return ['true', 'false', '0', '1'].includes(text);
  if (type === 'integer' || type === 'number') {
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || (type === 'integer' && !Number.isInteger(value))) return false;
    return value >= (minimum ?? value) && value <= (maximum ?? value);
  }
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return false;
  return [...text].length >= minLength && text.length <= maxLength;
}
