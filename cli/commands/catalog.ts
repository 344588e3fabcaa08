import type { TSchema } from 'typebox';
import { createEnvironment, type Environment, findEnvironment } from '../../src/envs/index.js';
import { type Field, listFields } from '../../src/jobs/index.js';
import { describeLevels, describeSpace } from '../../src/spaces/index.js';
import { loadCatalogs } from '../catalogs.js';
import { EXIT, type Host } from '../host.js';
import { type Style, styleFor } from '../style.js';
import { renderTable } from '../table.js';

export interface CatalogFlags {
  readonly envModule: readonly string[];
  readonly json?: boolean;
}

/** marlin envs: the environments, or one with its agents and options. */
export async function listEnvironments(host: Host, id: string | undefined, flags: CatalogFlags): Promise<number> {
  const { environments } = await loadCatalogs(host, flags.envModule);
  const chosen = id === undefined ? [...environments.values()] : [findEnvironment(environments, id)];
  const entries = chosen.map(({ id: own, description, options }) => {
    return { id: own, description, ...declaredBy(createEnvironment(findEnvironment(environments, own))), options };
  });
  if (flags.json) return print(host, id === undefined ? entries.map(withFields) : withFields(entries[0]!));
  const style = styleFor(host, host.stdout);
  if (id === undefined) {
    const rows = entries.map((entry) => [entry.id, String(entry.agents.length), entry.description]);
    host.stdout.write(
      renderTable(
        [{ title: 'environment' }, { title: 'agents', align: 'right' }, { title: 'description' }],
        rows,
        width(host),
      ),
    );
    return EXIT.success;
  }
  for (const entry of entries) {
    host.stdout.write(`${style.bold(entry.id)}  ${entry.description}\n\nagents (by default)\n`);
    for (const agent of entry.agents) {
      host.stdout.write(
        `  ${agent.id}: observes ${describeSpace(agent.observationSpace)}, acts ${describeSpace(agent.actionSpace)}\n`,
      );
      if (agent.actionSpace.kind !== 'hierarchical') continue;
      for (const level of describeLevels(agent.actionSpace)) host.stdout.write(`    ${level}\n`);
    }
    host.stdout.write(reportingText(entry));
    host.stdout.write(`\n${optionTable(entry.options, style, width(host))}`);
  }
  return EXIT.success;
}

/** marlin algorithms: the algorithms, or one with its options. */
export async function listAlgorithms(host: Host, id: string | undefined, flags: CatalogFlags): Promise<number> {
  const { algorithms } = await loadCatalogs(host, flags.envModule);
  const { findAlgorithm } = await import('../../src/algorithms/index.js');
  const entries = (id === undefined ? algorithms : [findAlgorithm(id)]).map(({ load: _, ...entry }) => entry);
  if (flags.json) return print(host, id === undefined ? entries.map(withFields) : withFields(entries[0]!));
  const style = styleFor(host, host.stdout);
  if (id === undefined) {
    const rows = entries.map(({ id: own, capabilities, description }) => [
      own,
      capabilities.critic,
      capabilities.actionSpaces.join(' '),
      description,
    ]);
    const titles = ['algorithm', 'critic', 'actions', 'description'];
    host.stdout.write(
      renderTable(
        titles.map((title) => ({ title })),
        rows,
        width(host),
      ),
    );
    return EXIT.success;
  }
  for (const { id: own, description, capabilities, options } of entries) {
    host.stdout.write(`${style.bold(own)}  ${description}\n\n`);
    host.stdout.write(`${capabilities.onPolicy ? 'on-policy' : 'off-policy'}, critic ${capabilities.critic}, `);
    host.stdout.write(
      `learns ${capabilities.actionSpaces.join(', ')} actions\n\n${optionTable(options, style, width(host))}`,
    );
  }
  return EXIT.success;
}

/** What an environment declares by its default options; of a profile, what it shows and not its numbers. */
function declaredBy({ agents, rewardHeads, returnHead, episodeMetrics, ratioMetrics, profiles }: Environment) {
  return {
    agents,
    rewardHeads: rewardHeads ?? ['reward'],
    ...(returnHead === undefined ? {} : { returnHead }),
    episodeMetrics: episodeMetrics ?? [],
    ratioMetrics: ratioMetrics ?? {},
    profiles: (profiles ?? []).map(({ agent, label, quantity, points, reference }) => ({
      agent,
      label,
      quantity,
      points: points.length,
      ...(reference === undefined ? {} : { reference: reference.label }),
    })),
  };
}

type Declared = ReturnType<typeof declaredBy>;

function reportingText({ rewardHeads, returnHead, episodeMetrics, ratioMetrics, profiles }: Declared): string {
  const parts: [string, readonly string[]][] = [
    [
      'reward heads',
      rewardHeads.length < 2
        ? []
        : [`${rewardHeads.join(', ')}; the return is ${returnHead ?? 'all of them added up'}`],
    ],
    ['episode metrics', episodeMetrics.length === 0 ? [] : [episodeMetrics.join(', ')]],
    ['ratio metrics', Object.entries(ratioMetrics).map(([name, [above, below]]) => `${name}: ${above} / ${below}`)],
    [
      'profiles',
      profiles.map(
        ({ agent, label, quantity, points, reference }) =>
          `${agent}: ${quantity} by ${label} at ${points} points${reference === undefined ? '' : `, with ${reference}`}`,
      ),
    ],
  ];
  return parts
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('');
}

const width = (host: Host): number => (host.stdout.isTTY === true ? (host.stdout.columns ?? 100) : 120);

const withFields = <T extends { readonly options: TSchema }>(entry: T) => ({
  ...entry,
  fields: listFields(entry.options),
});

function print(host: Host, value: unknown): number {
  host.stdout.write(`${JSON.stringify(value)}\n`);
  return EXIT.success;
}

function optionTable(options: TSchema, style: Style, columns: number): string {
  const all = listFields(options);
  if (all.length === 0) return style.dim('no options\n');
  const units = all.some((field) => field.unit !== undefined);
  const titles = ['option', 'default', ...(units ? ['unit'] : []), 'allowed', 'description'];
  const rowOf = (path: string, { required, default: value = '–', unit = '', allowed, description }: Field) => [
    path,
    required ? 'required' : value,
    ...(units ? [unit] : []),
    allowed,
    description,
  ];
  const rows = all.flatMap((field, i) => {
    const { path, form } = field;
    const next = all[i + 1];
    const forms = next?.form?.of === path ? next.form : undefined;
    // An object's row would say no more than the rows of its fields, unless they are those of several forms.
    if (forms === undefined && next?.path.startsWith(`${path}.`)) return [];
    if (forms !== undefined) return [rowOf(path, { ...field, allowed: 'one of:' })];
    if (form === undefined) return [rowOf(path, field)];
    const begins = all[i - 1]?.form?.name !== form.name || all[i - 1]?.form?.of !== form.of;
    const head = begins ? [[`  ${form.name}`, ...titles.slice(1).map(() => '')]] : [];
    // What its form is named by needs no row of its own.
    return path === `${form.of}.${form.name.split(':')[0]}` ? head : [...head, rowOf(`    ${path}`, field)];
  });
  return renderTable(
    titles.map((title) => ({ title })),
    rows,
    columns,
  );
}
