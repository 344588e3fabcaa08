import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { Prose } from './prose.js';

/** What the control inside has to carry. */
export interface FieldControl {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

export interface FieldProps {
  readonly label: ComponentChildren;
  /** What it means, below the control. */
  readonly help?: ComponentChildren;
  /** What is wrong with it. */
  readonly fault?: string | undefined;
  /** After the label, in a weaker color: a unit, a default. */
  readonly note?: ComponentChildren;
  readonly children: (control: FieldControl) => ComponentChildren;
}

/** A labelled control with its help and its fault. */
export function Field({ label, help, fault, note, children }: FieldProps): JSX.Element {
  const id = useId();
  const helped = help !== undefined && help !== null && help !== '';
  const described = [helped ? `${id}-help` : '', fault === undefined ? '' : `${id}-fault`].filter(
    (part) => part !== '',
  );
  const control: FieldControl = {
    id,
    ...(described.length === 0 ? {} : { 'aria-describedby': described.join(' ') }),
    ...(fault === undefined ? {} : { 'aria-invalid': true as const }),
  };
  return (
    <div class={fault === undefined ? 'field' : 'field faulty'}>
      <div class="label">
        <label for={id}>{label}</label>
        {note !== undefined && <span class="note">{note}</span>}
      </div>
      {children(control)}
      {fault !== undefined && (
        <p id={`${id}-fault`} class="fault" role="alert">
          {fault}
        </p>
      )}
      {helped && (
        <p id={`${id}-help`} class="help" {...(typeof help === 'string' ? { title: help } : {})}>
          {typeof help === 'string' ? <Prose text={help} /> : help}
        </p>
      )}
    </div>
  );
}
