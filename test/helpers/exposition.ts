/** What a process exports, as Prometheus reads it. */
export interface ExportedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Name of a label → its values. */
  readonly labels: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The metrics of a text in Prometheus's format; what a histogram is made of counts to it. */
export function parseExposition(text: string): Map<string, ExportedMetric> {
  const found = new Map<string, { name: string; type: string; help: string; labels: Map<string, Set<string>> }>();
  for (const [, name = '', help = ''] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
    found.set(name, { name, type: '', help, labels: new Map() });
  }
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (.*)$/gm)) found.get(name)!.type = type;
  for (const [, sample = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const metric = found.get(sample) ?? found.get(sample.replace(/_(bucket|sum|count)$/, ''));
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      if (label === 'le') continue;
      metric?.labels.set(label, (metric.labels.get(label) ?? new Set()).add(value));
    }
  }
  return found;
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly { readonly label: string; readonly operator: string; readonly value: string }[];
}

/** Every name in a PromQL expression that is of a metric, with its matchers; and the labels that it groups or joins by. */
export function readPromql(expression: string): { readonly selectors: Selector[]; readonly groupedBy: string[] } {
  const groupedBy: string[] = [];
  let rest = expression.replace(
    /\b(by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g,
    (_, _word, names) => {
      groupedBy.push(
        ...String(names)
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== ''),
      );
      return ' ';
    },
  );
  rest = rest.replace(/\[[^\]]*\]/g, ' ');
  const selectors: Selector[] = [];
  for (const [, name = '', braces, call] of rest.matchAll(/([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\}|(\())?/g)) {
    if (call !== undefined || WORDS.has(name) || /^e\d/.test(name)) continue;
    const matchers = [...(braces ?? '').matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label = '', operator = '', value = '']) => ({ label, operator, value }),
    );
    selectors.push({ metric: name, matchers });
  }
  return { selectors, groupedBy };
}

const WORDS: ReadonlySet<string> = new Set(['and', 'or', 'unless', 'bool', 'offset', 'e', 'e9', 'inf', 'nan']);
