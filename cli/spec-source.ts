import { readFile, stat } from 'node:fs/promises';
import { jobSpecError, MAX_SPEC_BYTES, parseSpecText } from '../src/jobs/index.js';
import { cliError } from './errors.js';
import type { Host } from './host.js';

/** What `--set`, `--seed` and `--iterations` change in a spec before it is validated. */
export interface SpecChanges {
  readonly set: readonly string[];
  readonly seed?: number;
  readonly iterations?: number;
}

/** The spec's JSON from a file or, for `-`, from standard input. Throws SPEC_UNREADABLE or JOB_SPEC_INVALID. */
export async function readSpec(host: Host, source: string): Promise<unknown> {
  const parsed = parseSpecText(source === '-' ? await readStdin(host) : await readSpecFile(source));
  if (!parsed.ok) throw jobSpecError(parsed.faults);
  return parsed.value;
}

async function readSpecFile(path: string): Promise<string> {
  try {
    // A file that is too long is not read: text of its length is refused for the same reason.
    const { size } = await stat(path);
    return size > MAX_SPEC_BYTES
      ? ' '.repeat(size > 2 * MAX_SPEC_BYTES ? 2 * MAX_SPEC_BYTES : size)
      : await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw cliError('SPEC_UNREADABLE', `the job spec ${path} cannot be read: ${reason}`, {
      data: { path },
      cause: error,
    });
  }
}

async function readStdin(host: Host): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of host.stdin) {
    const chunk = Buffer.from(part);
    parts.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_SPEC_BYTES) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The spec with the changes made; the original is left as it is. Throws CLI_USAGE for a path that leads nowhere. */
export function changeSpec(spec: unknown, changes: SpecChanges): unknown {
  const result: unknown = structuredClone(spec);
  const all = changes.set.map(readAssignment);
  if (changes.seed !== undefined) all.push({ path: ['seed'], value: changes.seed });
  if (changes.iterations !== undefined) all.push({ path: ['stop', 'iterations'], value: changes.iterations });
  for (const { path, value } of all) assign(result, path, value);
  return result;
}

function readAssignment(text: string): { path: string[]; value: unknown } {
  const at = text.indexOf('=');
  const path = text.slice(0, at).split('.');
  if (at < 1 || path.includes('') || path.includes('__proto__')) {
    throw cliError(
      'CLI_USAGE',
      `--set ${JSON.stringify(text)} is not path=value; write, for example, --set rollout.shards=8`,
      { data: { set: text } },
    );
  }
  return { path, value: readValue(text.slice(at + 1)) };
}

/** JSON where it is JSON, else the text itself, so that quotes are not needed. */
function readValue(text: string): unknown {
  const parsed = parseSpecText(text);
  return parsed.ok ? parsed.value : text;
}

function assign(spec: unknown, path: readonly string[], value: unknown): void {
  let at: unknown = spec;
  for (const [depth, key] of path.entries()) {
    if (typeof at !== 'object' || at === null) {
      throw cliError(
        'CLI_USAGE',
        `--set ${path.join('.')}: ${path.slice(0, depth).join('.') || 'the spec'} is not an object`,
        { data: { path } },
      );
    }
    const object = at as Record<string, unknown>;
    if (depth === path.length - 1) object[key] = value;
    else {
      if (!Object.hasOwn(object, key)) object[key] = {};
      at = object[key];
    }
  }
}
