// Writes docs/errors.md from the error registry of every room, service, of the command line and of the client (compiled, so build first).
// With --check it writes nothing and fails when the page is not what it would write.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectFolder, runScript, SetupError } from './setup.mjs';

const page = join(projectFolder, 'docs', 'errors.md');

const INTRODUCTION = `# Errors

Every error of Marlin is a \`MarlinError\`: \`code\` is one of those below and stays what it is between versions, \`message\` says
what happened with which value and what to do, \`data\` has the same for programs, and \`retryable\` is true where trying the
same again, unchanged, may succeed (marked ↻). \`INTERNAL\` is any other error that crossed a thread or a process: a fault of
Marlin or of an environment that was brought along; its message and stack are those of the original.

This page is written from the registries in the code by \`node scripts/write-errors-doc.mjs\`; a test holds them equal.
`;

await runScript(async () => {
  const text = renderPage(await readRegistries());
  if (!process.argv.includes('--check')) {
    writeFileSync(page, text);
    return 0;
  }
  if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
    throw new SetupError(
      'docs/errors.md is not what the code says. Run `npm run build && node scripts/write-errors-doc.mjs`.',
    );
  }
  return 0;
});

// [room, registry][] in alphabetical order of the rooms.
async function readRegistries() {
  const files = ['src', 'services', 'cli', 'client']
    .flatMap((folder) =>
      readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => path.endsWith('/errors.ts'))
    .sort();
  const registries = [];
  for (const file of files) {
    const compiled = join(projectFolder, 'dist', file.replace(/\.ts$/, '.js'));
    const module = await import(pathToFileURL(compiled).href);
    for (const [name, registry] of Object.entries(module)) {
      if (name.endsWith('_ERRORS'))
        registries.push([file.replace(/^src\//, '').replace(/\/errors\.ts$/, ''), registry]);
    }
  }
  return registries;
}

function renderPage(registries) {
  const sections = registries.map(([room, registry]) => {
    const rows = Object.keys(registry)
      .sort()
      .map((code) => {
        const { meaning, remedy, retryable } = registry[code];
        return `| \`${code}\`${retryable ? ' ↻' : ''} | ${cell(meaning)} | ${cell(remedy)} |\n`;
      });
    return `\n## ${room}\n\n| Code | Meaning | What to do |\n|---|---|---|\n${rows.join('')}`;
  });
  return INTRODUCTION + sections.join('');
}

function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
