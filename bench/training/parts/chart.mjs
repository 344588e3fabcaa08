/** Small multiples as one SVG without scripts: panels below each other over the same time axis.
 *  panels: [{ title, unit, values, from? }]; minutes: number[] as long as each panel's values; `from` is the least upper end of
 *  the axis, so that noise does not fill a panel; `marked` is where measuring begins, in minutes. */
export function chart({ title, minutes, marked, panels }) {
  const width = 760;
  const left = 64;
  const right = 16;
  const panelHeight = 92;
  const gap = 34;
  const top = 44;
  const height = top + panels.length * (panelHeight + gap) + 12;
  const last = minutes.at(-1);
  const x = (minute) => left + (minute / last) * (width - left - right);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="20" font-size="13" font-weight="600" fill="#1a1a1a">${title}</text>`,
  ];
  panels.forEach((panel, i) => {
    const base = top + i * (panelHeight + gap) + panelHeight;
    const high = niceCeiling(Math.max(panel.from ?? 0, ...panel.values));
    const y = (value) => base - (value / high) * panelHeight;
    parts.push(`<text x="${left}" y="${base - panelHeight - 6}" fill="#1a1a1a">${heading(panel)}</text>`);
    for (const share of [0, 0.5, 1]) {
      const at = round(y(high * share));
      parts.push(`<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="#ddd"/>`);
      parts.push(`<text x="${left - 6}" y="${at + 4}" text-anchor="end" fill="#666">${label(high * share)}</text>`);
    }
    const line = `<line x1="${round(x(marked))}" x2="${round(x(marked))}" y1="${base - panelHeight}" y2="${base}"`;
    parts.push(`${line} stroke="#999" stroke-dasharray="3 3"/>`);
    const points = panel.values.map((value, j) => `${round(x(minutes[j]))},${round(y(value))}`).join(' ');
    parts.push(`<polyline points="${points}" fill="none" stroke="#1f6feb" stroke-width="1.5"/>`);
  });
  const step = Math.max(1, Math.ceil(last / 10));
  const bottom = height - 12 - gap + 16;
  for (let minute = 0; minute <= last; minute += step) {
    parts.push(`<text x="${round(x(minute))}" y="${bottom}" text-anchor="middle" fill="#666">${minute} min</text>`);
  }
  parts.push('</svg>');
  return `${parts.join('\n')}\n`;
}

/** The least of 1, 2, 5 × 10ⁿ that is not smaller. */
export function niceCeiling(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value);
}

const heading = ({ title, unit }) => (unit === '' ? title : `${title}, ${unit}`);
const round = (value) => Math.round(10 * value) / 10;
const label = (value) => (value >= 1000 ? value.toLocaleString('en-US') : String(round(value)));
