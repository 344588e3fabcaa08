import { niceCeiling } from './chart.mjs';

/** Throughput against what is scaled, as one SVG without scripts: a row of panels per dimension, a point per value with its least
 *  and greatest, values evenly spaced along the axis. rows: [{ title, panels: [{ title, points: [{ x, median, min, max }] }] }],
 *  rates in agentSteps/s. */
export function curves({ title, rows }) {
  const columns = Math.max(...rows.map(({ panels }) => panels.length));
  const width = 760;
  const left = 56;
  const gap = 62;
  const panelWidth = (width - left - 16 - (columns - 1) * gap) / columns;
  const panelHeight = 96;
  const rowHeight = panelHeight + 74;
  const top = 40;
  const height = top + rows.length * rowHeight;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="20" font-size="13" font-weight="600" fill="#1a1a1a">${title}</text>`,
  ];
  rows.forEach((row, r) => {
    const rowTop = top + r * rowHeight;
    parts.push(`<text x="${left}" y="${rowTop + 10}" font-weight="600" fill="#1a1a1a">${row.title}</text>`);
    row.panels.forEach((panel, c) => {
      parts.push(...drawPanel(panel, left + c * (panelWidth + gap), rowTop + 38, panelWidth, panelHeight));
    });
  });
  parts.push('</svg>');
  return `${parts.join('\n')}\n`;
}

function drawPanel({ title, points }, left, top, width, height) {
  const base = top + height;
  const high = niceCeiling(Math.max(...points.map(({ max }) => max)));
  const y = (value) => round(base - (value / high) * height);
  const x = (i) => round(left + ((i + 0.5) / points.length) * width);
  const parts = [`<text x="${left}" y="${top - 8}" fill="#1a1a1a">${title}, agentSteps/s</text>`];
  for (const share of [0, 0.5, 1]) {
    const at = y(high * share);
    parts.push(`<line x1="${left}" x2="${round(left + width)}" y1="${at}" y2="${at}" stroke="#ddd"/>`);
    parts.push(`<text x="${left - 6}" y="${at + 4}" text-anchor="end" fill="#666">${label(high * share)}</text>`);
  }
  points.forEach((point, i) => {
    parts.push(
      `<line x1="${x(i)}" x2="${x(i)}" y1="${y(point.min)}" y2="${y(point.max)}" stroke="#9ec5fe" stroke-width="3"/>`,
    );
    parts.push(
      `<text x="${x(i)}" y="${base + 15}" text-anchor="middle" fill="#666">${point.x.toLocaleString('en-US')}</text>`,
    );
  });
  const line = points.map(({ median }, i) => `${x(i)},${y(median)}`).join(' ');
  parts.push(`<polyline points="${line}" fill="none" stroke="#1f6feb" stroke-width="1.5"/>`);
  for (const [i, { median }] of points.entries()) {
    parts.push(`<circle cx="${x(i)}" cy="${y(median)}" r="2.5" fill="#1f6feb"/>`);
  }
  return parts;
}

const round = (value) => Math.round(10 * value) / 10;
function label(value) {
  if (value >= 1e6) return `${round(value / 1e6)} M`;
  return value >= 1e3 ? `${round(value / 1e3)} k` : String(round(value));
}
