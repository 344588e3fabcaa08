import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { listFiles, projectFolder } from '../../helpers/project.js';

const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');

/** Where a message is handed on that is written elsewhere. */
const HANDED_ON = ['services/process/logging.ts'];
/** Messages that `failAtOnce` is given. */
const GIVEN = ['error the service could not be started', 'error the service failed'];

test('the handbook has every warning and every error that the services log, and no other', () => {
  const logged = new Set(GIVEN);
  const files = ['src', 'services'].flatMap((folder) => listFiles(folder)).filter((path) => path.endsWith('.ts'));
  for (const path of files.filter((path) => !HANDED_ON.includes(path))) {
    for (const line of messagesOf(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true)))
      logged.add(line);
  }
  const rows = [...read('docs/operations.md').matchAll(/^\| (error|warn) \| `([^`]+)` \| \S/gm)];
  expect(rows.map(([, level, message]) => `${level} ${message}`).sort()).toEqual([...logged].sort());
});

/** Level and message of each call of a logger; what is put into a message is an ellipsis. */
function messagesOf(source: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const text = textOf(node.arguments.at(-1));
      if (text !== null) for (const level of levelsOf(node.expression)) found.push(`${level} ${text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function levelsOf(called: ts.Expression): string[] {
  if (ts.isPropertyAccessExpression(called) && /logger$/.test(called.expression.getText())) {
    return ['warn', 'error'].filter((level) => level === called.name.text);
  }
  if (!ts.isElementAccessExpression(called) || !/logger$/.test(called.expression.getText())) return [];
  return ['warn', 'error'].filter((level) => called.argumentExpression.getText().includes(`'${level}'`));
}

function textOf(argument: ts.Expression | undefined): string | null {
  if (argument === undefined) return null;
  if (ts.isStringLiteralLike(argument)) return argument.text;
  if (!ts.isTemplateExpression(argument)) return null;
  return argument.head.text + argument.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}
