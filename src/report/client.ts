/** The page's script: draws every chart with uPlot, in the colors of the style sheet, and again when the color scheme changes.
 *  It is text because it runs in a browser, whose types and globals the library must not know. */
export const CLIENT_SCRIPT = String.raw`
(() => {
  'use strict';
  const charts = JSON.parse(document.getElementById('charts').textContent);
  const HEIGHT = 240;
  const THIN_HEIGHT = 130;
  const DASHES = [[], [8, 4], [2, 4]];
  const tokens = () => getComputedStyle(document.documentElement);

  const show = (value) => {
    if (value === null || value === undefined) return '–';
    const size = Math.abs(value);
    const text = size !== 0 && (size >= 1e7 || size < 1e-4) ? value.toExponential(2)
      : size >= 1000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(size < 1 ? 3 : 4)));
    return text.replace(/-/g, '−');
  };
  const tick = (value) => {
    const size = Math.abs(value);
    if (size >= 1e9) return show(value / 1e9) + ' G';
    if (size >= 1e6) return show(value / 1e6) + ' M';
    if (size >= 1e4) return show(value / 1e3) + ' k';
    return size < 1e-9 ? '0' : show(value);
  };

  function looks(series, index, css) {
    const lines = css.getPropertyValue('--lines').trim().split(/\s+/);
    if (series.role === 'reference') return { stroke: css.getPropertyValue('--text').trim(), dash: [6, 4], width: 2 };
    if (series.role) return { stroke: css.getPropertyValue('--line').trim(), dash: [], width: 1 };
    const place = series.color === undefined ? index : series.color;
    return { stroke: lines[place % lines.length], dash: DASHES[Math.floor(place / lines.length) % DASHES.length], width: 1.75 };
  }

  function tooltip(chart, styles) {
    let box;
    let inside = false;
    return {
      hooks: {
        init: (u) => {
          box = document.createElement('div');
          box.className = 'tip';
          box.hidden = true;
          u.over.appendChild(box);
          u.over.addEventListener('mouseenter', () => { inside = true; });
          u.over.addEventListener('mouseleave', () => { inside = false; box.hidden = true; });
        },
        setCursor: (u) => {
          const { left, idx } = u.cursor;
          // A synchronized cursor moves in every chart; only the one under the pointer tells.
          if (idx === null || idx === undefined || left < 0 || !inside) { box.hidden = true; return; }
          box.replaceChildren();
          const head = document.createElement('b');
          head.textContent = chart.xLabel + ' ' + show(u.data[0][idx]);
          box.appendChild(head);
          chart.series.forEach((series, j) => {
            if (!u.series[j + 1].show) return;
            const row = document.createElement('span');
            const name = document.createElement('span');
            name.textContent = series.label;
            const value = document.createElement('span');
            value.textContent = show(u.data[j + 1][idx]);
            row.append(name, value);
            box.appendChild(row);
          });
          box.hidden = false;
          const room = u.over.clientWidth;
          box.style.left = (left + 16 + box.offsetWidth > room ? Math.max(0, left - 16 - box.offsetWidth) : left + 16) + 'px';
          box.style.top = '8px';
        },
      },
    };
  }

  function legend({ place, panels, hidden }) {
    const lines = new Map();
    for (const { chart, styles } of panels) {
      chart.series.forEach((series, j) => { if (!lines.has(series.label)) lines.set(series.label, styles[j]); });
    }
    place.replaceChildren();
    if (lines.size < 2) return;
    for (const [label, style] of lines) {
      const button = document.createElement('button');
      button.type = 'button';
      const mark = document.createElement('i');
      mark.style.borderTopColor = style.stroke;
      if (style.dash.length) mark.style.borderTopStyle = 'dashed';
      button.append(mark, label);
      button.setAttribute('aria-pressed', String(!hidden.has(label)));
      button.addEventListener('click', () => {
        const visible = hidden.has(label);
        if (visible) hidden.delete(label); else hidden.add(label);
        button.setAttribute('aria-pressed', String(visible));
        for (const { chart, plot } of panels) {
          const j = chart.series.findIndex((series) => series.label === label);
          if (j >= 0) plot.setSeries(j + 1, { show: visible });
        }
      });
      place.appendChild(button);
    }
  }

  const sizeOf = ({ place, chart }) => ({
    width: Math.max(220, place.clientWidth),
    height: chart.thin ? THIN_HEIGHT : HEIGHT,
  });

  function draw(panel, hidden, last) {
    const { place, chart } = panel;
    const css = tokens();
    const styles = chart.series.map((series, j) => looks(series, j, css));
    const dim = css.getPropertyValue('--dim').trim();
    const grid = { stroke: css.getPropertyValue('--grid').trim(), width: 1 };
    const axis = { stroke: dim, grid, ticks: { ...grid, size: 4 }, font: '12px system-ui, sans-serif', gap: 6 };
    const low = chart.series.findIndex((series) => series.role === 'low');
    const high = chart.series.findIndex((series) => series.role === 'high');
    const bands = low < 0 || high < 0 ? [] : [{ series: [high + 1, low + 1], fill: css.getPropertyValue('--grid').trim() }];
    const few = chart.x.length <= 60;
    place.replaceChildren();
    // Of panels over one another, the last names their common axis.
    const name = last ? { label: chart.xLabel, labelSize: 18, labelGap: 0, labelFont: '12px system-ui, sans-serif' } : {};
    panel.styles = styles;
    panel.plot = new uPlot({
      ...sizeOf(panel),
      padding: [10, 10, 0, 0],
      legend: { show: false },
      cursor: { sync: { key: chart.xLabel, setSeries: false }, y: false, points: { size: 7 } },
      scales: { x: { time: false }, y: chart.range ? { range: () => chart.range } : {} },
      axes: [
        { ...axis, ...name, size: 30, values: (_, ticks) => ticks.map(tick) },
        { ...axis, ...(chart.thin ? { space: 24 } : {}), size: 58, values: (_, ticks) => ticks.map(tick) },
      ],
      bands,
      series: [{}, ...chart.series.map((series, j) => ({
        label: series.label,
        show: !hidden.has(series.label),
        spanGaps: !chart.gaps,
        ...styles[j],
        points: { show: few && !series.role, size: 4, fill: styles[j].stroke },
      }))],
      plugins: [tooltip(chart, styles)],
    }, [chart.x, ...chart.series.map((series) => series.values)], place);
  }

  const figures = new Map();
  for (const place of document.querySelectorAll('.plot')) {
    const figure = place.closest('figure');
    if (!figures.has(figure)) figures.set(figure, { place: figure.querySelector('.legend'), panels: [], hidden: new Set() });
    figures.get(figure).panels.push({ place, chart: charts[Number(place.dataset.chart)], plot: null, styles: [] });
  }
  const drawAll = () => {
    for (const figure of figures.values()) {
      figure.panels.forEach((panel, p) => {
        if (panel.plot) panel.plot.destroy();
        draw(panel, figure.hidden, p === figure.panels.length - 1);
      });
      legend(figure);
    }
  };
  drawAll();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  let width = innerWidth;
  addEventListener('resize', () => {
    if (innerWidth === width) return;
    width = innerWidth;
    for (const { panels } of figures.values()) {
      for (const panel of panels) panel.plot.setSize(sizeOf(panel));
    }
  });
})();
`;
