import type { JSX } from 'preact';
import { Field, type FieldProps } from './field.js';

interface TextFieldProps
  extends Omit<FieldProps, 'children'>,
    Pick<JSX.IntrinsicElements['input'], 'autofocus' | 'inputMode' | 'required' | 'placeholder'> {
  readonly value: string;
  readonly onText: (text: string) => void;
  /** Of a text of several lines; absent is one line. */
  readonly rows?: number;
}

/** A field of text. */
export function TextField({ label, help, fault, note, value, onText, rows, ...rest }: TextFieldProps): JSX.Element {
  return (
    <Field label={label} help={help} fault={fault} note={note}>
      {(control) =>
        rows === undefined ? (
          <input {...control} {...rest} value={value} onInput={(event) => onText(event.currentTarget.value)} />
        ) : (
          <textarea
            {...control}
            rows={rows}
            spellcheck={false}
            placeholder={rest.placeholder}
            value={value}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        )
      }
    </Field>
  );
}
