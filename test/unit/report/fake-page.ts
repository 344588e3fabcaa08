/** As much of a browser as the report's script touches. */
class FakeElement {
  children: FakeElement[] = [];
  attributes: Record<string, string> = {};
  style: Record<string, string> = {};
  dataset: Record<string, string> = {};
  className = '';
  hidden = false;
  clientWidth = 600;
  offsetWidth = 100;
  private text = '';
  private readonly listeners: Record<string, (() => void)[]> = {};
  closest: (selector: string) => { querySelector(selector: string): FakeElement } | undefined = () => undefined;

  get textContent(): string {
    return this.text + this.children.map((child) => child.textContent).join('');
  }
  set textContent(text: string) {
    this.text = text;
  }
  append(...parts: (FakeElement | string)[]): void {
    for (const part of parts) {
      const child = typeof part === 'string' ? Object.assign(new FakeElement(), { textContent: part }) : part;
      this.children.push(child);
    }
  }
  appendChild(child: FakeElement): void {
    this.children.push(child);
  }
  replaceChildren(): void {
    this.children = [];
  }
  setAttribute(name: string, value: string): void {
    this.attributes[name] = value;
  }
  addEventListener(name: string, listener: () => void): void {
    this.listeners[name] = [...(this.listeners[name] ?? []), listener];
  }
  fire(name: string): void {
    for (const listener of this.listeners[name] ?? []) listener();
  }
  click(): void {
    this.fire('click');
  }
}

interface PlotOptions {
  readonly height: number;
  readonly axes: readonly { readonly label?: string }[];
  readonly series: readonly {
    readonly show?: boolean;
    readonly spanGaps?: boolean;
    readonly dash?: readonly number[];
  }[];
  readonly plugins: readonly { readonly hooks: Readonly<Record<'init' | 'setCursor', (plot: FakePlot) => void>> }[];
}

class FakePlot {
  readonly over = new FakeElement();
  readonly shown: [number, boolean][] = [];
  readonly series: { show: boolean }[];
  cursor = { left: -1, idx: null as number | null };
  destroyed = false;
  readonly options: PlotOptions;
  readonly data: readonly (readonly number[])[];

  constructor(options: PlotOptions, data: readonly (readonly number[])[]) {
    this.options = options;
    this.data = data;
    this.series = options.series.map(({ show = true }) => ({ show }));
    for (const { hooks } of options.plugins) hooks.init(this);
  }
  setSeries(index: number, { show }: { show: boolean }): void {
    this.shown.push([index, show]);
    this.series[index]!.show = show;
  }
  setSize(): void {}
  destroy(): void {
    this.destroyed = true;
  }
}

/** A page with one place per chart of the embedded data; a thin one is in the figure of the chart before it. */
export function fakePage(charts: string) {
  const plots: FakePlot[] = [];
  const figures: { readonly querySelector: () => FakeElement }[] = [];
  for (const { thin = false } of JSON.parse(charts) as { readonly thin?: boolean }[]) {
    const legend = new FakeElement();
    figures.push(thin ? figures[figures.length - 1]! : { querySelector: () => legend });
  }
  const places = figures.map((figure, index) =>
    Object.assign(new FakeElement(), { dataset: { chart: String(index) }, closest: () => figure }),
  );
  const scheme = new FakeElement();
  const globals = {
    document: {
      documentElement: new FakeElement(),
      getElementById: () => ({ textContent: charts }),
      querySelectorAll: () => places,
      createElement: () => new FakeElement(),
    },
    getComputedStyle: () => ({ getPropertyValue: (name: string) => (name === '--lines' ? '#111 #222 #333' : '#444') }),
    matchMedia: () => scheme,
    addEventListener: () => {},
    innerWidth: 1000,
    uPlot: class extends FakePlot {
      constructor(options: PlotOptions, data: readonly (readonly number[])[]) {
        super(options, data);
        plots.push(this);
      }
    },
  };
  return {
    globals,
    plots,
    buttons: (chart: number) => figures[chart]!.querySelector().children,
    changeColors: () => scheme.fire('change'),
    /** The tooltip's text with the pointer over point `idx`. */
    hover: (chart: number, idx: number): string => {
      const plot = plots[chart]!;
      plot.over.fire('mouseenter');
      plot.cursor = { left: 100, idx };
      for (const { hooks } of plot.options.plugins) hooks.setCursor(plot);
      return plot.over.children[0]!.textContent;
    },
  };
}
