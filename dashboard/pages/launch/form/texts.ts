/** What is typed into a field, as JSON. What cannot be read stays as it was typed, so that the API says what is wrong with it. */

/** A number; nothing where nothing is typed. */
export function readNumber(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const value = Number(trimmed.replace('−', '-'));
  return Number.isFinite(value) ? value : trimmed;
}

/** A flat list with commas between, with or without brackets. `[]` is an empty list; nothing is nothing. */
export function readList(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const inner = trimmed.replace(/^\[/, '').replace(/\]$/, '').trim();
  if (inner === '') return [];
  return inner.split(',').map((part) => {
    const item = part.trim();
    const value = Number(item);
    return item !== '' && Number.isFinite(value) ? value : item;
  });
}

export function listText(value: unknown): string {
  if (!Array.isArray(value)) return value === undefined ? '' : String(value);
  return value.length === 0 ? '[]' : value.join(', ');
}

/** `name=value`, with commas between, as labels. */
export function readLabels(text: string): Record<string, string> {
  const parts = text.split(',').map((part) => part.trim());
  return Object.fromEntries(
    parts
      .filter((part) => part !== '')
      .map((part) => {
        const at = part.indexOf('=');
        return at < 0 ? [part, ''] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
      }),
  );
}

export const labelsText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
    .join(', ');
