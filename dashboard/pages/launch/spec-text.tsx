import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Field, Panel } from '../../components/index.js';
import { JsonInput } from './controls.js';

interface SpecTextProps {
  readonly spec: unknown;
  readonly onChange: (spec: unknown) => void;
  readonly onFault: (fault: string | null) => void;
}

/** The spec as JSON text: the same that the form shows. */
export function SpecText({ spec, onChange, onFault }: SpecTextProps): JSX.Element {
  const [unreadable, setUnreadable] = useState<string | null>(null);
  return (
    <Panel>
      <Field
        label="Spec"
        help="What a file for marlin jobs submit has. The form shows what is changed here."
        fault={unreadable ?? undefined}
      >
        {(control) => (
          <JsonInput
            control={control}
            value={spec}
            rows={28}
            onChange={onChange}
            onFault={(fault) => {
              setUnreadable(fault);
              onFault(fault);
            }}
          />
        )}
      </Field>
    </Panel>
  );
}
