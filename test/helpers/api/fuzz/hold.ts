import type { ApiDocument, Operation } from './document.js';
import type { Answer } from './exchange.js';

export interface Expected {
  /** null for a path or method that the document does not have. */
  readonly operation: Operation | null;
  /** The request is not what the operation declares. */
  readonly invalid: boolean;
  /** Answers that are right; default: any that is declared. */
  readonly statuses?: readonly number[];
  /** What no answer may tell. */
  readonly secrets: readonly string[];
}

const PROBLEM = 'application/problem+json';

/** What is wrong with an answer; empty if nothing is. */
export function faultsOf(
  document: ApiDocument,
  answer: Answer,
  { operation, invalid, statuses, secrets }: Expected,
): string[] {
  const { status, headers, type, text } = answer;
  const faults: string[] = [];
  if (status >= 500) faults.push(`status ${status}`);
  if (invalid && status < 400) faults.push(`status ${status} for a request that is not valid`);
  if (statuses !== undefined && !statuses.includes(status))
    faults.push(`status ${status}, expected ${statuses.join(' or ')}`);
  if (headers['x-request-id'] === undefined) faults.push('no X-Request-Id');
  for (const secret of secrets) if (text.includes(secret)) faults.push(`tells ${secret}`);
  if (status >= 400) {
    if (type !== PROBLEM) return [...faults, `status ${status} as ${type}`];
    const schema = document.operations[0]!.responses['4XX']!.content![PROBLEM]!.schema;
    const body = parse(text) as { readonly status?: number; readonly requestId?: string } | undefined;
    if (!document.fits(schema, body)) faults.push('the body is no problem');
    if (body?.status !== status) faults.push(`the body tells status ${body?.status}`);
    if (body?.requestId !== headers['x-request-id']) faults.push('the body tells another request id');
    if (operation === null && status !== 404 && status !== 405)
      faults.push(`status ${status} for a path that there is not`);
    return faults;
  }
  if (operation === null) return [...faults, `status ${status} for a path that there is not`];
  const declared = operation.responses[String(status)];
  if (declared === undefined) return [...faults, `status ${status} is not declared`];
  const content = Object.entries(declared.content ?? {});
  if (content.length === 0) {
    if (text !== '') faults.push(`a body with status ${status}`);
    return faults;
  }
  const found = content.find(([media]) => media.split(';', 1)[0] === type);
  if (found === undefined) return [...faults, `${type} is not declared for status ${status}`];
  if (type === 'application/json' && !document.fits(found[1].schema, parse(text)))
    faults.push('the body is not as declared');
  return faults;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
