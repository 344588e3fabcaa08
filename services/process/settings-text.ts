import { allowedText, type Setting, type SettingDeclarations } from './setting.js';
import type { Settings } from './settings.js';

const NAME_WIDTH = 22;
const PAGE_WIDTH = 100;

/** The settings as `--help` shows them. */
export function helpText(settings: Settings<SettingDeclarations>): string {
  const lines = ['Settings (environment variables; an option sets the same and wins):'];
  for (const [name, setting] of Object.entries(settings.declarations)) {
    const facts = `${capitalized(allowedText(setting))}; ${presenceText(setting)}.`;
    const option = setting.flag === undefined ? '' : ` Option --${setting.flag}.`;
    const [first = '', ...others] = wrap(`${setting.description} ${facts}${option}`, PAGE_WIDTH - NAME_WIDTH - 2);
    lines.push(`  ${name.padEnd(NAME_WIDTH)}${first}`, ...others.map((line) => `  ${' '.repeat(NAME_WIDTH)}${line}`));
  }
  return `${lines.join('\n')}\n`;
}

/** Settings that belong together, under one heading. */
export interface EnvExampleSection {
  readonly title: string;
  readonly declarations: SettingDeclarations;
}

/** The text of `.env.example`: every setting with what it means, commented out where its default does. */
export function renderEnvExample(sections: readonly EnvExampleSection[]): string {
  const blocks = sections.map(({ title, declarations }) => {
    const entries = Object.entries(declarations).map(([name, setting]) => {
      const comment = wrap(
        `${setting.description} ${capitalized(allowedText(setting))}; ${presenceText(setting)}.`,
        PAGE_WIDTH,
      );
      return `${comment.map((line) => `# ${line}`).join('\n')}\n${assignment(name, setting)}\n`;
    });
    return `## ${title}\n\n${entries.join('\n')}`;
  });
  return `# Settings of Marlin's service processes, written from their declarations in services/.\n\n${blocks.join('\n')}`;
}

function assignment(name: string, setting: Setting): string {
  if (setting.default === undefined && setting.optional !== true) return `${name}=${setting.example ?? ''}`;
  return `#${name}=${typeof setting.default === 'object' && 'text' in setting.default ? '' : String(setting.default ?? setting.example ?? '')}`;
}

function presenceText(setting: Setting): string {
  const given = setting.default;
  if (given === undefined) return setting.optional === true ? 'optional' : 'required';
  if (typeof given !== 'object') return `default ${given}`;
  if ('text' in given) return `default ${given.text}`;
  return given.length === 0 ? 'default none' : `default ${given.join(',')}`;
}

const capitalized = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
