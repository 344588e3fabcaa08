import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { FieldControl } from '../../components/index.js';
import { sameJson } from './form/json-schema.js';

interface TypedProps {
  readonly control: FieldControl;
  readonly value: unknown;
  readonly read: (text: string) => unknown;
  readonly show: (value: unknown) => string;
  readonly placeholder?: string | undefined;
  readonly numeric?: boolean;
  readonly onChange: (value: unknown) => void;
}

/** A line of text that stands for a value. What is typed stays as it is typed, as long as it means the value. */
export function TypedInput({ control, value, read, show, placeholder, numeric, onChange }: TypedProps): JSX.Element {
  const [text, setText] = useState(() => show(value));
  useEffect(() => {
    if (!sameJson(read(text), value)) setText(show(value));
  }, [value]);
  return (
    <input
      {...control}
      type="text"
      {...(numeric === true ? { inputMode: 'decimal' as const } : {})}
      autocomplete="off"
      spellcheck={false}
      placeholder={placeholder}
      value={text}
      onInput={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        onChange(read(typed));
      }}
    />
  );
}

interface JsonInputProps {
  readonly control: FieldControl;
  readonly value: unknown;
  readonly placeholder?: string | undefined;
  readonly rows: number;
  readonly onChange: (value: unknown) => void;
  /** Why the text is no JSON; null once it is. */
  readonly onFault: (fault: string | null) => void;
}

/** A value as JSON text. While the text is none, the value stays what it was. */
export function JsonInput({ control, value, placeholder, rows, onChange, onFault }: JsonInputProps): JSX.Element {
  const show = (shown: unknown): string => (shown === undefined ? '' : JSON.stringify(shown, null, 2));
  const [text, setText] = useState(() => show(value));
  useEffect(() => {
    const typed = readJson(text);
    if (typed.fault !== null || !sameJson(typed.value, value)) {
      setText(show(value));
      onFault(null);
    }
  }, [value]);
  return (
    <textarea
      {...control}
      rows={rows}
      spellcheck={false}
      placeholder={placeholder}
      value={text}
      onInput={(event) => {
        const typed = event.currentTarget.value;
        setText(typed);
        const { value: meant, fault } = readJson(typed);
        onFault(fault);
        if (fault === null) onChange(meant);
      }}
    />
  );
}

function readJson(text: string): { readonly value: unknown; readonly fault: string | null } {
  if (text.trim() === '') return { value: undefined, fault: null };
  try {
    return { value: JSON.parse(text), fault: null };
  } catch (error) {
    return { value: undefined, fault: error instanceof Error ? error.message : String(error) };
  }
}
