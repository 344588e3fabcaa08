import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button, Field } from '../../components/index.js';
import { JsonInput, TypedInput } from './controls.js';
import { faultyWithin, type PlacedFaults } from './form/faults.js';
import { type FormField, type FormNode, fieldsToFill } from './form/form-node.js';
import { sameJson } from './form/json-schema.js';
import { type Path, setAt } from './form/spec-value.js';
import { listText, readList, readNumber } from './form/texts.js';

interface FormProps {
  readonly faults: PlacedFaults;
  /** What is at a path from now on; undefined for nothing. */
  readonly onChange: (path: Path, value: unknown) => void;
}

type FieldProps = FormProps & { readonly field: FormField };

const plain = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** What takes more than a line, and so has the whole width. */
const LARGE: readonly FormNode['kind'][] = ['group', 'map', 'json'];
const isLarge = ({ node }: FormField): boolean =>
  LARGE.includes(node.kind) || (node.kind === 'union' && node.inner !== null);

/** The fields of a group: in columns, with those that are large at the end. */
export function SpecFields({ fields, ...form }: FormProps & { readonly fields: readonly FormField[] }): JSX.Element {
  const ordered = [...fields.filter((field) => !isLarge(field)), ...fields.filter(isLarge)];
  return (
    <div class="spec-fields">
      {ordered.map((field) => (
        <SpecField key={field.name} field={field} {...form} />
      ))}
    </div>
  );
}

/** A place of the spec as the control that fits it. */
export function SpecField(props: FieldProps): JSX.Element {
  const { field, faults, onChange } = props;
  const { name, required, node } = field;
  const fault = faults.at.get(node.pointer);
  const standard = node.default === undefined ? undefined : plain(node.default);
  const set = (value: unknown): void => onChange(node.path, value);
  switch (node.kind) {
    case 'number':
      return (
        <Field label={name} note={node.bounds} help={node.description} fault={fault}>
          {(control) => (
            <TypedInput
              control={control}
              value={node.value}
              read={readNumber}
              show={plain}
              placeholder={standard ?? (required ? 'needed' : undefined)}
              numeric
              onChange={set}
            />
          )}
        </Field>
      );
    case 'text':
      return (
        <Field label={name} help={node.description} fault={fault}>
          {(control) => (
            <TypedInput
              control={control}
              value={node.value}
              read={(text) => (text === '' ? undefined : text)}
              show={plain}
              placeholder={standard}
              onChange={set}
            />
          )}
        </Field>
      );
    case 'list':
      return (
        <Field label={name} note={node.bounds} help={node.description} fault={fault}>
          {(control) => (
            <TypedInput
              control={control}
              value={node.value}
              read={readList}
              show={listText}
              placeholder={node.default === undefined ? 'values, with commas between' : listText(node.default)}
              onChange={set}
            />
          )}
        </Field>
      );
    case 'boolean':
      return (
        <Field label={name} help={node.description} fault={fault}>
          {(control) => (
            <span class="check">
              <input
                {...control}
                type="checkbox"
                checked={(node.value ?? node.default) === true}
                onChange={(event) => {
                  const { checked } = event.currentTarget;
                  set(checked === (node.default ?? false) ? undefined : checked);
                }}
              />
              <span aria-hidden="true">{(node.value ?? node.default) === true ? 'yes' : 'no'}</span>
            </span>
          )}
        </Field>
      );
    case 'choice':
      return <ChoiceField {...props} node={node} fault={fault} />;
    case 'json':
      return <JsonField name={name} node={node} fault={fault} onChange={set} />;
    case 'union':
      return <UnionField {...props} node={node} fault={fault} />;
    case 'group':
      return <GroupField {...props} node={node} fault={fault} />;
    case 'map':
      return <MapField {...props} node={node} fault={fault} />;
  }
}

type Of<Kind extends FormNode['kind']> = FieldProps & {
  readonly node: Extract<FormNode, { kind: Kind }>;
  readonly fault: string | undefined;
};

function ChoiceField({ field, node, fault, onChange }: Of<'choice'>): JSX.Element {
  const current = node.value ?? node.default;
  const at = node.choices.findIndex(({ value }) => sameJson(value, current));
  const unknown = node.value !== undefined && at < 0;
  const { description } = node.choices[at] ?? { description: '' };
  return (
    <Field label={field.name} help={description === '' ? node.description : description} fault={fault}>
      {(control) => (
        <select
          {...control}
          value={at < 0 ? '' : String(at)}
          onChange={(event) => {
            const chosen = node.choices[Number(event.currentTarget.value)];
            const none = event.currentTarget.value === '' || sameJson(chosen?.value, node.default);
            onChange(node.path, none ? undefined : chosen?.value);
          }}
        >
          {at < 0 && <option value="">{unknown ? plain(node.value) : 'default'}</option>}
          {node.default === undefined && at >= 0 && !field.required && <option value="">default</option>}
          {node.choices.map(({ label }, i) => (
            <option key={label} value={String(i)}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface JsonFieldProps {
  readonly name: string;
  readonly node: FormNode;
  readonly fault: string | undefined;
  readonly onChange: (value: unknown) => void;
}

function JsonField({ name, node, fault, onChange }: JsonFieldProps): JSX.Element {
  const [unreadable, setUnreadable] = useState<string | null>(null);
  return (
    <Field label={name} note="JSON" help={node.description} fault={unreadable ?? fault}>
      {(control) => (
        <JsonInput
          control={control}
          value={node.value}
          rows={3}
          placeholder={node.default === undefined ? undefined : plain(node.default)}
          onChange={onChange}
          onFault={setUnreadable}
        />
      )}
    </Field>
  );
}

function UnionField({ field, node, fault, faults, onChange }: Of<'union'>): JSX.Element {
  const { alternatives, chosen, inner } = node;
  const whole = node.value ?? node.default;
  return (
    <div class={inner === null ? '' : 'spec-union'}>
      <Field
        label={field.name}
        help={node.description}
        fault={inner?.kind === 'group' || inner === null ? fault : undefined}
      >
        {(control) => (
          <select
            {...control}
            value={String(chosen)}
            onChange={(event) => {
              const start = alternatives[Number(event.currentTarget.value)]?.start;
              onChange(node.path, sameJson(start, node.default) ? undefined : start);
            }}
          >
            {alternatives.map(({ label }, i) => (
              <option key={label} value={String(i)}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      {inner !== null && (
        <SpecInner
          name={`${field.name}: ${alternatives[chosen]?.label ?? ''}`}
          node={inner}
          faults={faults}
          // What holds by default is said in whole as soon as a part of it changes.
          onChange={(path, value) => onChange(node.path, setAt(whole, path.slice(node.path.length), value))}
        />
      )}
    </div>
  );
}

/** What is inside of a chosen alternative. */
function SpecInner({
  name,
  node,
  ...form
}: FormProps & { readonly name: string; readonly node: FormNode }): JSX.Element {
  // Which alternative it is, is said already.
  if (node.kind === 'group') {
    return <SpecFields fields={fieldsToFill(node.fields)} {...form} />;
  }
  return <SpecField field={{ name, required: true, node: { ...node, description: '' } }} {...form} />;
}

function GroupField({ field, node, fault, faults, onChange }: Of<'group'>): JSX.Element {
  const faulty = faultyWithin(faults, node.pointer);
  return (
    <details class="spec-group" open={node.value !== undefined || faulty}>
      <summary>
        {field.name}
        {node.description !== '' && <span class="note">{node.description}</span>}
      </summary>
      {fault !== undefined && <p class="fault">{fault}</p>}
      <SpecFields fields={node.fields} faults={faults} onChange={onChange} />
    </details>
  );
}

function MapField({ field, node, fault, faults, onChange }: Of<'map'>): JSX.Element {
  const [name, setName] = useState('');
  const add = (): void => {
    const wanted = name.trim();
    if (wanted === '' || node.entries.some((entry) => entry.name === wanted)) return;
    onChange([...node.path, wanted], node.start);
    setName('');
  };
  return (
    <div class="spec-map">
      <Field label={field.name} help={node.description} fault={fault}>
        {(control) => (
          <span class="row">
            <input
              {...control}
              type="text"
              class="entry-name"
              autocomplete="off"
              spellcheck={false}
              placeholder="name"
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return;
                event.preventDefault();
                add();
              }}
            />
            <Button small onClick={add} disabled={name.trim() === ''}>
              Add
            </Button>
          </span>
        )}
      </Field>
      {node.entries.map((entry) => (
        <div class="entry" key={entry.name}>
          <div class="entry-head">
            <strong>{entry.name}</strong>
            <Button
              small
              look="quiet"
              aria-label={`Remove ${entry.name}`}
              onClick={() => onChange([...node.path, entry.name], undefined)}
            >
              Remove
            </Button>
          </div>
          {entry.node.kind === 'group' ? (
            <SpecFields fields={entry.node.fields} faults={faults} onChange={onChange} />
          ) : (
            <SpecField field={entry} faults={faults} onChange={onChange} />
          )}
        </div>
      ))}
    </div>
  );
}
