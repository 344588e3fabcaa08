/** Content type of the text that `MetricRegistry.text` returns. */
export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** `name="value",…` in the order of `names`; values with backslash, quote and line feed escaped. */
export function formatLabels(names: readonly string[], values: Readonly<Record<string, string>>): string {
  return names.map((name) => `${name}="${escapeLabel(values[name] ?? '')}"`).join(',');
}

export function writeHeading(lines: string[], name: string, help: string, kind: string): void {
  lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${kind}`);
}

export function writeSample(lines: string[], name: string, labels: string, value: number): void {
  lines.push(labels === '' ? `${name} ${formatNumber(value)}` : `${name}{${labels}} ${formatNumber(value)}`);
}

/** JavaScript's shortest decimal that reads back the same; infinities as the format spells them. */
export function formatNumber(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
