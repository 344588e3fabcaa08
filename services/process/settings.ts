import { parseArgs } from 'node:util';
import { processError } from './errors.js';
import {
  allowedText,
  parseSetting,
  type Setting,
  type SettingDeclarations,
  type SettingValue,
  type SettingValues,
  shownText,
  shownValue,
} from './setting.js';

/** The settings of one process: declared once, read once. */
export interface Settings<D extends SettingDeclarations> {
  readonly declarations: D;
  /** Reads them from environment variables and, first, from command line options. A variable that is empty or blank counts as
   *  not set. Throws SETTINGS_INVALID with all faults at once; no message shows a secret or what precedes the @ of a URL. */
  parse(env: Readonly<Record<string, string | undefined>>, args?: readonly string[]): SettingValues<D>;
  /** The values as a log may show them: secrets and passwords hidden. */
  shown(values: SettingValues<D>): Readonly<Record<string, SettingValue | undefined>>;
}

export function defineSettings<const D extends SettingDeclarations>(declarations: D): Settings<D> {
  return {
    declarations,
    parse(env, args = []) {
      const faults: string[] = [];
      const options = readOptions(declarations, args, faults);
      const values: Record<string, SettingValue | undefined> = {};
      for (const [name, setting] of Object.entries(declarations)) {
        const text = (options.get(name) ?? env[name] ?? '').trim();
        const value = text === '' ? defaultOf(setting) : parseSetting(setting, text);
        if (text !== '' && value === undefined) {
          faults.push(`${name} is ${shownText(setting, text)}: give ${allowedText(setting)}.`);
        } else if (value === undefined && setting.optional !== true) {
          const example = setting.example === undefined ? '' : `, such as ${setting.example}`;
          faults.push(`${name} is not set: give ${allowedText(setting)}${example}.`);
        }
        values[name] = value;
      }
      if (faults.length > 0) throw invalid(faults);
      return values as SettingValues<D>;
    },
    shown(values) {
      return Object.fromEntries(
        Object.entries(declarations).map(([name, setting]) => [name, shownValue(setting, values[name])]),
      );
    },
  };
}

function invalid(faults: readonly string[]): Error {
  const heading = faults.length === 1 ? 'A setting is wrong' : `${faults.length} settings are wrong`;
  return processError('SETTINGS_INVALID', `${heading}:\n${faults.map((fault) => `  ${fault}`).join('\n')}`, {
    data: { faults },
  });
}

function defaultOf(setting: Setting): SettingValue | undefined {
  const given = setting.default;
  if (setting.type === 'path' && typeof given === 'string') return parseSetting(setting, given);
  return typeof given === 'object' && 'text' in given ? given.value() : given;
}

// Name of the setting → the text that its option gives.
function readOptions(
  declarations: SettingDeclarations,
  args: readonly string[],
  faults: string[],
): Map<string, string> {
  const names = new Map<string, string>();
  const options: Record<string, { readonly type: 'string' | 'boolean' }> = {};
  for (const [name, setting] of Object.entries(declarations)) {
    if (setting.flag === undefined) continue;
    names.set(setting.flag, name);
    options[setting.flag] = { type: setting.type === 'boolean' ? 'boolean' : 'string' };
  }
  const texts = new Map<string, string>();
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    const name = token.kind === 'option' ? names.get(token.name) : undefined;
    if (token.kind === 'positional' || name === undefined) {
      const given = token.kind === 'option' ? token.rawName : JSON.stringify(token.value.slice(0, 80));
      const known = [...names.keys()].map((flag) => `--${flag}`).join(', ');
      faults.push(`${given} is no option here: ${known === '' ? 'there are none' : `there are ${known}`}.`);
    } else if (options[token.name]?.type === 'boolean' && token.value === undefined) {
      texts.set(name, 'true');
    } else if (token.value === undefined || token.value === '') {
      faults.push(`${token.rawName} has no value: give ${allowedText(declarations[name] as Setting)}.`);
    } else {
      texts.set(name, token.value);
    }
  }
  return texts;
}
