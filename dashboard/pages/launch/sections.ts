import type { FormField, FormNode } from './form/form-node.js';

export interface Section {
  readonly title: string;
  /** Top-level fields of the spec. */
  readonly names: readonly string[];
  /** Whether it is open before anything is said in it. */
  readonly open: boolean;
}

/** How the fields of a spec belong together for who fills them in; what is not here comes last. */
const SECTIONS: readonly Section[] = [
  { title: 'Environment', names: ['env'], open: true },
  { title: 'Algorithm', names: ['algorithm'], open: true },
  { title: 'Policies', names: ['policyMapping', 'policies'], open: false },
  { title: 'Collection', names: ['rollout', 'schedule'], open: true },
  { title: 'End', names: ['stop'], open: true },
  { title: 'Evaluation and checkpoints', names: ['evaluation', 'checkpoint'], open: false },
];
const REST: Section = { title: 'More', names: [], open: false };
/** Shown above all sections, with the labels. */
export const HEAD: readonly string[] = ['name', 'seed'];

/** The sections of a form with their fields. */
export function sectionsOf(form: FormNode): { readonly section: Section; readonly fields: readonly FormField[] }[] {
  const fields = form.kind === 'group' ? form.fields : [];
  const taken = new Set([...HEAD, ...SECTIONS.flatMap(({ names }) => names)]);
  return [...SECTIONS, { ...REST, names: fields.map(({ name }) => name).filter((name) => !taken.has(name)) }]
    .map((section) => ({
      section,
      fields: section.names.flatMap((name) => fields.filter((field) => field.name === name)),
    }))
    .filter(({ fields: found }) => found.length > 0);
}
