import type { JSX } from 'preact';
import { useRef } from 'preact/hooks';

interface TabsProps {
  readonly label: string;
  readonly tabs: readonly { readonly id: string; readonly title: string }[];
  readonly shown: string;
  readonly onShow: (id: string) => void;
}

/** One of several views: the arrow keys go through them. */
export function Tabs({ label, tabs, shown, onShow }: TabsProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const go = (step: number): void => {
    const at = tabs.findIndex(({ id }) => id === shown);
    const next = tabs[(at + step + tabs.length) % tabs.length]!;
    onShow(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus();
  };
  return (
    <div
      class="tabs"
      role="radiogroup"
      aria-label={label}
      ref={list}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight' || event.key === 'ArrowDown') go(1);
        else if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') go(-1);
        else return;
        event.preventDefault();
      }}
    >
      {tabs.map(({ id, title }) => (
        // biome-ignore lint/a11y/useSemanticElements: it looks and moves as one control, and holds text only.
        <button
          key={id}
          type="button"
          role="radio"
          data-tab={id}
          aria-checked={id === shown}
          tabIndex={id === shown ? 0 : -1}
          onClick={() => onShow(id)}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
