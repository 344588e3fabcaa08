import type { JSX } from 'preact';
import { faultyWithin, type PlacedFaults } from './form/faults.js';
import type { FormField, FormNode } from './form/form-node.js';
import type { Path } from './form/spec-value.js';
import { sectionsOf } from './sections.js';
import { SpecField, SpecFields } from './spec-field.js';

interface SpecSectionsProps {
  readonly form: FormNode;
  readonly faults: PlacedFaults;
  readonly onChange: (path: Path, value: unknown) => void;
}

/** The fields of a spec by what they are about. */
export function SpecSections({ form, faults, onChange }: SpecSectionsProps): JSX.Element {
  return (
    <>
      {sectionsOf(form).map(({ section, fields }) => {
        const said = fields.some(({ node }) => node.value !== undefined);
        const faulty = fields.some(({ node }) => faultyWithin(faults, node.pointer));
        return (
          <details class="panel section" key={section.title} open={section.open || said || faulty}>
            <summary>
              <h2>{section.title}</h2>
              {faulty && <span class="fault">has faults</span>}
            </summary>
            <div class="stack">
              {fields.map((field) => (
                <TopField
                  key={field.name}
                  field={field}
                  alone={fields.length === 1}
                  faults={faults}
                  onChange={onChange}
                />
              ))}
            </div>
          </details>
        );
      })}
    </>
  );
}

interface TopFieldProps extends Omit<SpecSectionsProps, 'form'> {
  readonly field: FormField;
  /** Whether the section is all about it. */
  readonly alone: boolean;
}

/** A group at the top is shown with its fields, not folded; one with options shows them as fields of its own. */
function TopField({ field, alone, ...form }: TopFieldProps): JSX.Element {
  const { node, name } = field;
  if (node.kind !== 'group') return <SpecField field={field} {...form} />;
  const fields = node.fields.flatMap((inner) =>
    inner.name === 'options' && inner.node.kind === 'group' ? inner.node.fields : [inner],
  );
  const faults = [node.pointer, `${node.pointer}/options`].flatMap((pointer) => form.faults.at.get(pointer) ?? []);
  return (
    <section class="top-group" aria-label={name}>
      {!alone && <h3>{name}</h3>}
      {node.description !== '' && <p class="muted small">{node.description}</p>}
      {faults.map((fault) => (
        <p class="problem" role="alert" key={fault}>
          {fault}
        </p>
      ))}
      <SpecFields fields={fields} {...form} />
    </section>
  );
}
