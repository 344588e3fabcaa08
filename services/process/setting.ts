import { resolve } from 'node:path';
import { maskUrl } from './masking.js';

/** A default that is found when the process starts, and what to call it in texts, which are the same on every machine. */
export interface ComputedDefault {
  readonly value: () => number;
  readonly text: string;
}

interface Described {
  /** One sentence for people: what it decides and, where there is a choice, what moving it trades. */
  readonly description: string;
  /** The command line option that sets the same and wins, without its dashes. */
  readonly flag?: string;
  /** May stay without a value. A setting with neither this nor a default is required. */
  readonly optional?: true;
  /** Stands in `.env.example` where there is no default. */
  readonly example?: string;
}

interface Ranged {
  /** Default 0. */
  readonly minimum?: number;
  /** Default: the largest that the type has. */
  readonly maximum?: number;
  readonly default?: number | ComputedDefault;
}

/** One environment variable: what it may be and what it means. `duration` is in whole milliseconds. */
export type Setting = Described &
  (
    | { readonly type: 'string'; readonly secret?: true; readonly default?: string }
    | ({ readonly type: 'integer' | 'number' | 'duration' } & Ranged)
    | { readonly type: 'boolean'; readonly default?: boolean }
    | { readonly type: 'path'; readonly default?: string }
    | { readonly type: 'list'; readonly default?: readonly string[] }
    | { readonly type: 'url'; readonly protocols: readonly string[]; readonly default?: string }
    | { readonly type: 'enum'; readonly values: readonly string[]; readonly default?: string }
  );

export type SettingDeclarations = Readonly<Record<string, Setting>>;

type Parsed<S extends Setting> = S extends { readonly type: 'integer' | 'number' | 'duration' }
  ? number
  : S extends { readonly type: 'boolean' }
    ? boolean
    : S extends { readonly type: 'list' }
      ? readonly string[]
      : S extends { readonly type: 'enum'; readonly values: readonly (infer V)[] }
        ? V
        : string;

/** What a parse gives: one value per declared name. */
export type SettingValues<D extends SettingDeclarations> = {
  readonly [Name in keyof D]: D[Name] extends { readonly optional: true }
    ? Parsed<D[Name]> | undefined
    : Parsed<D[Name]>;
};

export type SettingValue = string | number | boolean | readonly string[];

// What timers take; a longer one fires at once.
const MAX_DURATION_MS = 2 ** 31 - 1;

function rangeOf(setting: Extract<Setting, Ranged>): readonly [number, number] {
  const largest =
    setting.type === 'duration' ? MAX_DURATION_MS : setting.type === 'integer' ? Number.MAX_SAFE_INTEGER : Infinity;
  return [setting.minimum ?? 0, setting.maximum ?? largest];
}

/** The value that a text means, or undefined where the setting does not allow it. `text` is trimmed and not empty. */
export function parseSetting(setting: Setting, text: string): SettingValue | undefined {
  switch (setting.type) {
    case 'integer':
    case 'duration':
      return /^-?\d+$/.test(text) ? withinRange(setting, Number(text)) : undefined;
    case 'number':
      return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? withinRange(setting, Number(text)) : undefined;
    case 'boolean':
      return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : undefined;
    case 'path':
      return text.includes('\0') ? undefined : resolve(text);
    case 'list':
      return text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
    case 'url':
      return isUrl(text, setting.protocols) ? text : undefined;
    case 'enum':
      return setting.values.includes(text) ? text : undefined;
    default:
      return text;
  }
}

function withinRange(setting: Extract<Setting, Ranged>, value: number): number | undefined {
  const [minimum, maximum] = rangeOf(setting);
  return Number.isFinite(value) && value >= minimum && value <= maximum ? value : undefined;
}

// An @ behind the host means that a slash, question mark or hash of the password was not encoded: the host would be wrong.
function isUrl(text: string, protocols: readonly string[]): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !protocols.includes(url.protocol) || url.hostname === '') return false;
  return !`${url.pathname}${url.search}${url.hash}`.includes('@');
}

/** What a setting allows, in words that follow "give". */
export function allowedText(setting: Setting): string {
  switch (setting.type) {
    case 'integer':
    case 'number':
    case 'duration': {
      const noun = { integer: 'a whole number', number: 'a number', duration: 'whole milliseconds' }[setting.type];
      const [minimum, maximum] = rangeOf(setting);
      return maximum >= Number.MAX_SAFE_INTEGER ? `${noun} from ${minimum}` : `${noun} from ${minimum} to ${maximum}`;
    }
    case 'boolean':
      return 'true or false';
    case 'path':
      return 'a path';
    case 'list':
      return 'values separated by commas';
    case 'url':
      return `a URL with a host that starts with ${setting.protocols.map((protocol) => `${protocol}//`).join(' or ')}`;
    case 'enum':
      return `one of ${setting.values.join(', ')}`;
    default:
      return 'a text';
  }
}

/** A value as a log may show it. */
export function shownValue(setting: Setting, value: SettingValue | undefined): SettingValue | undefined {
  if (value === undefined) return undefined;
  if (setting.type === 'string' && setting.secret === true) return '***';
  return setting.type === 'url' ? maskUrl(String(value)) : value;
}

/** A text that was refused, as a message may show it. What is no URL may be anything, a bare password too: it stays hidden. */
export function shownText(setting: Setting, text: string): string {
  if (setting.type === 'string' && setting.secret === true) return 'a value that is not shown';
  if (setting.type === 'url' && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text))
    return 'no URL (it is not shown: it may be a secret)';
  const shown = setting.type === 'url' ? maskUrl(text) : text;
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 79)}…` : shown);
}
