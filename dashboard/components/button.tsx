import type { JSX } from 'preact';

export type ButtonProps = Omit<JSX.IntrinsicElements['button'], 'class' | 'className'> & {
  /** `primary` is what most people come for, one in a view; `danger` cannot be undone; `quiet` has no frame. */
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly small?: boolean;
  /** At work: it cannot be pressed, and says so. */
  readonly busy?: boolean;
};

/** A button; one that does not submit, unless its type says so. */
export function Button({
  look = 'plain',
  small = false,
  busy = false,
  disabled = false,
  children,
  ...rest
}: ButtonProps): JSX.Element {
  return (
    <button
      type="button"
      {...rest}
      class={`button ${look}${small ? ' small' : ''}`}
      disabled={disabled || busy}
      aria-busy={busy}
    >
      {children}
    </button>
  );
}
