/** Lines over the same time axis, and a dashed bound, as one SVG without scripts.
 *  series: [{ title, color, values }] in MiB, seconds: number[] as long as each; bound in MiB; end: when the job ended. */
export function memoryChart({ title, seconds, series, bound, end }) {
  const width = 760;
  const height = 300;
  const left = 52;
  const base = height - 56;
  const top = 40;
  const last = Math.max(1, seconds.at(-1));
  const high = Math.ceil(1.1 * Math.max(bound, ...series.flatMap(({ values }) => values)));
  const x = (second) => round(left + (second / last) * (width - left - 16));
  const y = (value) => round(base - (value / high) * (base - top));
  const horizontal = (value, style) =>
    `<line x1="${left}" x2="${width - 16}" y1="${y(value)}" y2="${y(value)}" stroke="${style}"/>`;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="20" font-size="13" font-weight="600" fill="#1a1a1a">${title}</text>`,
  ];
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(horizontal(high * share, '#ddd'));
    parts.push(
      `<text x="${left - 6}" y="${y(high * share) + 4}" text-anchor="end" fill="#666">${round(high * share)}</text>`,
    );
  }
  const ticks = Math.max(1, Math.ceil(last / 10));
  for (let second = 0; second <= last; second += ticks) {
    parts.push(`<text x="${x(second)}" y="${base + 16}" text-anchor="middle" fill="#666">${second} s</text>`);
  }
  parts.push(horizontal(bound, '#c0392b" stroke-dasharray="5 4'));
  parts.push(`<text x="${width - 18}" y="${y(bound) - 5}" text-anchor="end" fill="#c0392b">bound</text>`);
  parts.push(`<line x1="${x(end)}" x2="${x(end)}" y1="${top}" y2="${base}" stroke="#999" stroke-dasharray="3 3"/>`);
  series.forEach(({ title: name, color, values }, i) => {
    const points = values.map((value, j) => `${x(seconds[j])},${y(value)}`).join(' ');
    parts.push(`<polyline points="${points}" fill="none" stroke="${color}" stroke-width="1.3"/>`);
    parts.push(`<text x="${left + 240 * i}" y="${height - 14}" fill="${color}">${name}</text>`);
  });
  parts.push('</svg>');
  return `${parts.join('\n')}\n`;
}

const round = (value) => Math.round(10 * value) / 10;
