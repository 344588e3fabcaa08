import type { ComponentType, JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Button, Empty } from './components/index.js';

/** A page whose code is loaded when it is first shown. */
export function lazyPage<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function LazyPage(props: Props): JSX.Element {
    const [Page, setPage] = useState<ComponentType<Props> | undefined>(() => loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      if (loaded !== undefined) return;
      load().then(
        (page) => {
          loaded = page;
          setPage(() => page);
        },
        () => setFailed(true),
      );
    }, []);
    if (Page !== undefined) return <Page {...props} />;
    if (!failed) return <p class="hidden">Loading …</p>;
    return (
      <Empty title="This page could not be loaded.">
        <p>The server may have been updated since the dashboard was opened.</p>
        <Button onClick={() => location.reload()}>Load it again</Button>
      </Empty>
    );
  };
}
