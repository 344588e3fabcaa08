import { type Field, listFields } from './fields.js';
import { JobSpec } from './spec.js';
import type { JobCatalogs } from './validate.js';

const INTRODUCTION = `# The job spec

One JSON document describes a training job, and everything that decides the trained weights is in it. Every field but
\`env.id\` has a default. Unknown fields are refused, types are never converted, and all faults are reported together, each with
its JSON pointer, what was found, what is allowed and the nearest valid name. \`marlin validate spec.json\` checks a spec,
\`marlin schema\` prints its JSON Schema for editors, and each run keeps its spec with all defaults filled in as \`job.json\`.

    {"env": {"id": "median-v1"}}

is a whole job. Settings under \`policies."*"\` hold for every policy, those under a policy's id only for it; objects are merged
field by field, lists are replaced. A policy that names another algorithm starts from that algorithm's own defaults.

This page is written from the schema (\`specPage\` in \`src/jobs\`), and a test keeps both equal.

`;

/** docs/job-spec.md: every field of the spec, then the options of each algorithm and environment. */
export function specPage(catalogs: JobCatalogs): string {
  const sections = [INTRODUCTION, '## Fields\n\n', table(listFields(JobSpec))];
  for (const { id, description, options } of catalogs.algorithms) {
    sections.push(`\n## Options of the algorithm \`${id}\`\n\n${description}\n\n`, table(listFields(options)));
  }
  for (const { id, description, options } of catalogs.environments.values()) {
    sections.push(`\n## Options of the environment \`${id}\`\n\n${description}\n\n`, table(listFields(options)));
  }
  return sections.join('');
}

function table(fields: readonly Field[]): string {
  if (fields.length === 0) return 'None.\n';
  const rows = fields.map((field) => {
    const fallback = field.required ? 'required' : field.default === undefined ? '' : `\`${field.default}\``;
    const allowed = field.unit === undefined ? field.allowed : `${field.allowed} (${field.unit})`;
    return `| \`${field.path}\` | ${cell(fallback)} | ${cell(allowed)} | ${cell(field.description)} |\n`;
  });
  return `| field | default | allowed | meaning |\n|---|---|---|---|\n${rows.join('')}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
