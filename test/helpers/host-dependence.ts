/** Finds, in a source text, what the library must not use: it would tie results or behavior to the machine or process. */
import ts from 'typescript';

export interface Finding {
  readonly line: number;
  readonly what: string;
}

// Their last digit may differ between versions of the engine; those that are missing here (sqrt, abs, min, max, floor,
// ceil, round, trunc, sign, fround, imul, clz32) have one result by definition.
const APPROXIMATE = new Set(
  'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh'
    .split(' ')
    .map((name) => `Math.${name}`),
);
const TIME = new Set(['Date.now', 'new Date', 'Date()', 'performance.now']);
const PROCESS = new Set(
  ['argv', 'env', 'exit', 'exitCode', 'on', 'stderr', 'stdin', 'stdout'].map((n) => `process.${n}`),
);

/** What a file may use all the same. */
export interface Permissions {
  readonly approximateMath?: boolean;
  readonly time?: boolean;
}

/** Every forbidden use in `text`, read as TypeScript, so that comments and strings count for nothing. */
export function findHostDependence(text: string, permissions: Permissions = {}): Finding[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const what = nameUse(node);
    if (what !== undefined && isForbidden(what, permissions)) {
      findings.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, what });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return findings;
}

function isForbidden(what: string, permissions: Permissions): boolean {
  if (what === 'Math.random' || what.startsWith('console.') || PROCESS.has(what) || what === 'listen()') return true;
  if (what === '**' || APPROXIMATE.has(what)) return permissions.approximateMath !== true;
  return TIME.has(what) && permissions.time !== true;
}

// `Math.exp`, `process.env`, `new Date`, `x ** y` …: the name under which the rules know this piece of syntax, if they do.
function nameUse(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return memberName(node.expression, node.name.text);
  if (ts.isElementAccessExpression(node) && ts.isStringLiteral(node.argumentExpression)) {
    return memberName(node.expression, node.argumentExpression.text);
  }
  if (ts.isVariableDeclaration(node) && node.initializer && ts.isObjectBindingPattern(node.name)) {
    const names = node.name.elements.map((element) =>
      memberName(node.initializer, (element.propertyName ?? element.name).getText()),
    );
    return names.find((name) => name !== undefined && isForbidden(name, {}));
  }
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date') return 'new Date';
  if (ts.isCallExpression(node)) {
    if (node.expression.getText() === 'Date') return 'Date()';
    if (ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'listen') return 'listen()';
  }
  if (ts.isBinaryExpression(node) && isPower(node.operatorToken.kind)) {
    // A power of two with a literal exponent is a constant that every engine computes exactly (2 ** 32, 2 ** -149).
    return node.left.getText() === '2' && /^-?\d+$/.test(node.right.getText()) ? undefined : '**';
  }
  return undefined;
}

function isPower(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AsteriskAsteriskToken || kind === ts.SyntaxKind.AsteriskAsteriskEqualsToken;
}

function memberName(object: ts.Expression | undefined, member: string): string | undefined {
  if (object === undefined || !ts.isIdentifier(object)) {
    // globalThis.Math.random
    return object !== undefined && ts.isPropertyAccessExpression(object) && object.expression.getText() === 'globalThis'
      ? `${object.name.text}.${member}`
      : undefined;
  }
  return `${object.text}.${member}`;
}
