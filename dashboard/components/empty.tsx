import type { ComponentChildren, JSX } from 'preact';

interface EmptyProps {
  readonly title: string;
  /** What would be here, and what to do. */
  readonly children?: ComponentChildren;
}

/** Stands where there is nothing yet. */
export function Empty({ title, children }: EmptyProps): JSX.Element {
  return (
    <div class="empty">
      <p class="title">{title}</p>
      {children}
    </div>
  );
}
