import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';

interface PageProps {
  readonly title: string;
  /** What is shown instead of the plain title, where that is more than text. */
  readonly heading?: ComponentChildren;
  /** What can be done here, at the right of the heading. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A page with its heading, to which the focus comes when the page is navigated to. */
export function Page({ title, heading, actions, children }: PageProps): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Marlin`;
  }, [title]);
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>{heading ?? title}</h1>
        {actions !== undefined && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}

interface PanelProps {
  readonly title?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
  /** Without space around what it holds: for tables. */
  readonly flush?: boolean;
}

/** A framed part of a page. */
export function Panel({ title, actions, children, flush = false }: PanelProps): JSX.Element {
  return (
    <section class={flush ? 'panel flush' : 'panel'}>
      {(title !== undefined || actions !== undefined) && (
        <header class="head">
          {title !== undefined && <h2>{title}</h2>}
          {actions !== undefined && <div class="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
