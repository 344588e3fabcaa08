import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, projectFolder, runNode } from '../../helpers/project.js';

const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
  .filter((path) => existsSync(join(projectFolder, path)))
  .concat(listFiles('docs').filter((path) => path.endsWith('.md')));

const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');

/** Fenced blocks of one language (`json`, `sh` …), without their fences. */
function fencedBlocks(text: string, languages: readonly string[]): string[] {
  return [...text.matchAll(/^```(\w+)[^\n]*\n(.*?)^```/gms)]
    .filter(([, language]) => languages.includes(language ?? ''))
    .map(([, , body]) => body ?? '');
}

/** What a page shows as something to type: shell blocks and inline code. */
function shownCommands(text: string): string[] {
  const withoutBlocks = text.replace(/^```.*?^```/gms, '');
  const inline = [...withoutBlocks.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
  return [...fencedBlocks(text, ['sh', 'bash', 'shell', 'console']).flatMap((block) => block.split('\n')), ...inline];
}

function headingAnchors(text: string): string[] {
  return [...text.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks(page: string): string[] {
  const text = read(page).replace(/^```.*?^```/gms, '');
  const links = [...text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, link]) => link ?? '');
  return links
    .filter((link) => !/^[a-z]+:/i.test(link))
    .filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(projectFolder, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !headingAnchors(read(target)).includes(anchor);
    });
}

describe.each(pages)('%s', (page) => {
  it('links to what is there', () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = shownCommands(read(page)).flatMap((code) => [...code.matchAll(/npm run (?:--silent )?([\w:-]+)/g)]);
    expect(named.map(([, name]) => name ?? '').filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names files of this repository that exist', () => {
    const named = shownCommands(read(page)).flatMap((code) => [
      ...code.matchAll(/\b(?:node|marlin train) ((?:scripts|bench|examples)\/[\w./-]+)/g),
    ]);
    expect(named.map(([, path]) => path ?? '').filter((path) => !existsSync(join(projectFolder, path)))).toEqual([]);
  });

  it('shows JSON that parses', () => {
    for (const block of fencedBlocks(read(page), ['json'])) expect(() => JSON.parse(block), block).not.toThrow();
  });
});

async function readCommands(): Promise<string[]> {
  const { code, stdout, stderr } = await runNode(join(projectFolder, 'dist/cli/main.js'), ['--help']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const [, list = ''] = stdout.split(/^Commands:\n/m);
  return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name ?? '');
}

describe('the command line', () => {
  let commands: Promise<string[]> | undefined;
  const listCommands = () => {
    commands ??= readCommands();
    return commands;
  };

  it('lists its commands', async () => {
    const wanted = ['train', 'evaluate', 'envs', 'algorithms', 'schema', 'doctor'];
    expect(await listCommands()).toEqual(expect.arrayContaining(wanted));
  });

  it.each(pages)('has every command that %s shows', async (page) => {
    const shown = shownCommands(read(page)).flatMap((code) => [...code.matchAll(/^(?:\$ )?(?:npx )?marlin ([a-z]+)/g)]);
    const known = await listCommands();
    expect(shown.map(([, name]) => name ?? '').filter((name) => !known.includes(name))).toEqual([]);
  });
});
