import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** How wide an element is, in pixels, as long as it is shown. */
export function useWidth<E extends HTMLElement>(): [width: number, ref: { current: E | null }] {
  const ref = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return [width, ref];
}
