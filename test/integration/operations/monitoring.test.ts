import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type ExportedMetric, readPromql } from '../../helpers/exposition.js';
import { scrapeFleet } from '../../helpers/fleet/scrape.js';
import { listFiles, projectFolder, runNode } from '../../helpers/project.js';
import { temporaryFolder } from '../../helpers/temporary-folder.js';

const read = (path: string) => readFileSync(join(projectFolder, path), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}
const { groups } = parse(read('deploy/prometheus/alerts.yml')) as { groups: { name: string; rules: Rule[] }[] };
const rules = groups.flatMap(({ rules }) => rules);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboards = listFiles('deploy/grafana/dashboards').map((path) => JSON.parse(read(path)) as { panels: Panel[] });
const queries = dashboards.flatMap(({ panels }) =>
  panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
);

/** What Prometheus adds, and what it has itself. */
const ADDED_LABELS = ['job', 'instance', 'le'];
const OWN_METRICS = ['up', 'ALERTS'];

describe('the rules of Prometheus', () => {
  // Installs promtool where there is none.
  it('are well-formed, and fire for what they are about, and not where that is fine', async () => {
    const { code, stdout, stderr } = await runNode('scripts/check-alerts.mjs', []);
    expect({ code, told: code === 0 ? '' : stdout + stderr }).toEqual({ code: 0, told: '' });
  }, 300_000);

  it('are refused where one of them is silent, or is no rule', async () => {
    const files = Object.fromEntries(
      ['alerts.yml', 'alerts.test.yml', 'prometheus.yml'].map((name) => [name, read(`deploy/prometheus/${name}`)]),
    );
    for (const [from, to] of [
      ['marlin_broker_room_ratio == 0', 'marlin_broker_room_ratio == 2'],
      ['absent(marlin_fleet_jobs)', 'absent(marlin_fleet_jobs'],
    ] as const) {
      const folder = temporaryFolder({ ...files, 'alerts.yml': files['alerts.yml']!.replace(from, to) });
      expect((await runNode('scripts/check-alerts.mjs', [folder])).code).toBe(1);
    }
  });

  it('are each tested both ways, and have a severity, a summary and a section of the handbook', () => {
    const tests = parse(read('deploy/prometheus/alerts.test.yml')) as { tests: { name: string }[] };
    const expected = rules.flatMap(({ alert }) => [`${alert} fires`, `${alert} is silent`]);
    expect(tests.tests.map(({ name }) => name).sort()).toEqual(expected.sort());
    const page = read('docs/operations.md');
    for (const { alert, labels, annotations } of rules) {
      expect(['info', 'warning', 'critical']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\.$/);
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(page).toContain(`### ${alert}\n`);
    }
    const sections = [...page.matchAll(/^### (Marlin\w+)$/gm)].map(([, alert]) => alert);
    expect(sections.sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  it('are asked of every kind of process, at the port that containers serve', () => {
    const config = parse(read('deploy/prometheus/prometheus.yml')) as {
      scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    const port = Number(/PROBE_PORT=(\d+)/.exec(read('Dockerfile'))?.[1]);
    const expected = ['api', 'learner', 'actor'].map((name) => [name, [{ names: [name], port }]]);
    const found = config.scrape_configs.map(({ job_name, dns_sd_configs }) => [
      job_name,
      dns_sd_configs.map(({ names, port }) => ({ names, port })),
    ]);
    expect(found).toEqual(expected);
  });
});

describe('what the processes of a fleet export', () => {
  let scraped: ReturnType<typeof scrapeFleet> | undefined;
  const exportedMetrics = () => (scraped ??= scrapeFleet());

  it('has every metric, label and value that alerts and dashboards ask for', async () => {
    const exported = await exportedMetrics();
    const metricOf = (name: string): ExportedMetric | undefined => {
      const all = [...exported.values()];
      return all.flatMap(
        (metrics) => metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, '')) ?? [],
      )[0];
    };
    expect(queries.length).toBeGreaterThan(20);
    for (const expression of [...rules.map(({ expr }) => expr), ...queries]) {
      const { selectors, groupedBy } = readPromql(expression);
      expect(selectors.length, expression).toBeGreaterThan(0);
      const own = selectors.filter(({ metric }) => !OWN_METRICS.includes(metric));
      const labels = new Set(ADDED_LABELS);
      for (const { metric, matchers } of own) {
        const found = metricOf(metric);
        expect(found, `${metric} in ${expression}`).toBeDefined();
        for (const name of found!.labels.keys()) labels.add(name);
        for (const { label, operator, value } of matchers) {
          if (ADDED_LABELS.includes(label)) continue;
          expect([...found!.labels.keys()], `${label} of ${metric}`).toContain(label);
          // Statuses and routes appear when they are first asked for; all states are there from the beginning.
          const values = operator.startsWith('=') && !['status', 'route'].includes(label) ? value.split('|') : [];
          for (const each of values) expect([...found!.labels.get(label)!], `${label} of ${metric}`).toContain(each);
        }
      }
      for (const label of groupedBy) expect([...labels], expression).toContain(label);
    }
  });

  it('is what the handbook lists, and no more', async () => {
    const exported = await exportedMetrics();
    const rows = new Map<string, { services: string[]; metric: ExportedMetric }>();
    for (const [service, metrics] of exported) {
      for (const metric of metrics.values()) {
        const row = rows.get(metric.name) ?? { services: [], metric };
        row.services.push(service);
        rows.set(metric.name, row);
      }
    }
    const table = [...rows.values()]
      .map(({ services, metric: { name, type, labels, help } }) => {
        const where = services.length === 3 ? 'all' : services.join(', ');
        return `| \`${name}\` | ${type} | ${[...labels.keys()].join(', ')} | ${where} | ${help} |`;
      })
      .sort()
      .join('\n');
    const page = read('docs/operations.md');
    const listed = [...page.matchAll(/^\| `(?:marlin|process)_.*\|$/gm)].map(([line]) => line).sort();
    expect(listed.join('\n')).toBe(table);
  });
});
