import type { ComponentChildren, JSX } from 'preact';
import { Button } from './button.js';

interface DialogFormProps {
  readonly onSubmit: () => unknown;
  readonly onLeave: () => void;
  /** What the button that leaves it says, and the one that submits. */
  readonly no: string;
  readonly yes: string;
  /** Being submitted. */
  readonly busy: boolean;
  /** Whether there is nothing that could be submitted. */
  readonly disabled?: boolean;
  readonly children: ComponentChildren;
}

/** What a dialog asks for, above the two ways out of it. */
export function DialogForm({
  onSubmit,
  onLeave,
  no,
  yes,
  busy,
  disabled = false,
  children,
}: DialogFormProps): JSX.Element {
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
      <div class="actions end">
        <Button onClick={onLeave}>{no}</Button>
        <Button type="submit" look="primary" busy={busy} disabled={disabled}>
          {yes}
        </Button>
      </div>
    </form>
  );
}
