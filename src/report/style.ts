/** The page's style. Colors of lines are Okabe and Ito's, which people with any color vision tell apart. */
export const STYLE = `
:root {
  --page: #f6f7f9; --card: #ffffff; --text: #1b1f24; --dim: #5b6570; --line: #dde1e6; --grid: #e9ecef; --accent: #0072b2;
  --good: #00694c; --good-back: #d9f2e9; --warn: #8a4b00; --warn-back: #fcebd3;
  --lines: #0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #7a6a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1216; --card: #181c22; --text: #e6e9ee; --dim: #98a2ae; --line: #2b323b; --grid: #232931; --accent: #56b4e9;
    --good: #6fe0b9; --good-back: #12352a; --warn: #ffc27a; --warn-back: #3b2a12;
    --lines: #56b4e9 #e69f00 #2cc295 #e58fc1 #f0e442 #ff7f3f #8fa8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 28px; line-height: 1.2; margin: 2px 0; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 36px 0 10px; letter-spacing: -0.005em; }
h3 { font-size: 15px; margin: 0; font-weight: 600; }
h4 { font-size: 13px; margin: 6px 0 0; font-weight: 500; color: var(--dim); }
.brand { margin: 0; color: var(--dim); font-size: 13px; text-transform: uppercase; letter-spacing: 0.06em; }
.job { margin: 0 0 18px; color: var(--dim); }
.note { margin: 0 0 10px; color: var(--dim); font-size: 13.5px; }
figcaption .note { margin: 2px 0 6px; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
.state { display: inline-block; vertical-align: 4px; padding: 2px 10px; border-radius: 99px; font-size: 13px; font-weight: 600;
  letter-spacing: 0; color: var(--warn); background: var(--warn-back); }
.state.succeeded { color: var(--good); background: var(--good-back); }
dl { display: grid; grid-template-columns: repeat(6, 1fr); gap: 1px; margin: 0; background: var(--line);
  border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
dl > div { background: var(--card); padding: 10px 14px; }
dt { color: var(--dim); font-size: 12.5px; }
dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.digest { margin: 12px 0 0; font-size: 13.5px; color: var(--dim); overflow-wrap: anywhere; }
.digest code { color: var(--text); }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); gap: 16px; }
.card { margin: 0; min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; }
.plot { position: relative; min-height: 240px; }
.plot.thin { min-height: 130px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 4px; margin: 0 0 4px -6px; }
.legend button { display: inline-flex; align-items: center; gap: 6px; padding: 2px 7px; border: 0; border-radius: 6px; background: none;
  color: var(--text); font: inherit; font-size: 13px; cursor: pointer; }
.legend button:hover { background: var(--grid); }
.legend button[aria-pressed="false"] { color: var(--dim); text-decoration: line-through; }
.legend button[aria-pressed="false"] i { opacity: 0.25; }
.legend i { display: inline-block; width: 16px; height: 0; border-top: 3px solid; border-radius: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.tip { position: absolute; z-index: 5; pointer-events: none; padding: 6px 10px; border-radius: 8px; background: var(--text); color: var(--card);
  font-size: 12.5px; line-height: 1.45; white-space: nowrap; font-variant-numeric: tabular-nums; opacity: 0.95; }
.tip b { display: block; font-weight: 600; }
.tip span { display: flex; justify-content: space-between; gap: 14px; }
details { margin-top: 6px; font-size: 13.5px; }
summary { cursor: pointer; color: var(--dim); width: fit-content; border-radius: 4px; }
.spec { margin-top: 36px; }
.spec pre { overflow: auto; max-height: 480px; padding: 14px 16px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 6px 12px 6px 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--dim); font-weight: 500; font-size: 13px; }
tbody th { font-weight: 600; }
.number { text-align: right; }
.number:last-child { padding-right: 0; }
details table { font-size: 13px; }
@media (max-width: 900px) { dl { grid-template-columns: repeat(4, 1fr); } }
@media (max-width: 520px) { main { padding: 18px 12px 40px; } h1 { font-size: 23px; } dl { grid-template-columns: 1fr 1fr; } }
@media print { .legend button[aria-pressed="false"], details { display: none; } }
`;
