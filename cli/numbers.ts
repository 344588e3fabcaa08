/** A number for people: four significant digits, a true minus sign. */
export function showNumber(value: number): string {
  const size = Math.abs(value);
  const text =
    value === 0
      ? '0'
      : size >= 1e6 || size < 1e-4
        ? value.toExponential(2)
        : String(Number(value.toPrecision(size < 1 ? 3 : 4)));
  return text.replace(/^-/, '−');
}

/** A count with a unit prefix: 12.3 M. */
export function showCount(value: number): string {
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} G`;
  if (value >= 1e6) return `${(value / 1e6).toFixed(2)} M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(1)} k`;
  return String(Math.round(value));
}

/** A number in as few characters as tell how it changes: two significant digits, whole from 100. */
export const showBriefly = (value: number): string =>
  showNumber(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(2)));

/** 881.0 k/s, or 881.0 k agentSteps/s. */
export const showRate = (perSecond: number, counter = ''): string => {
  const count = showCount(perSecond);
  return `${count}${counter === '' && /[GMk]$/.test(count) ? '' : ' '}${counter}/s`;
};

export function showDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const showBytes = (bytes: number): string =>
  bytes >= 2 ** 30
    ? `${(bytes / 2 ** 30).toFixed(1)} GiB`
    : bytes >= 2 ** 20
      ? `${(bytes / 2 ** 20).toFixed(1)} MiB`
      : `${Math.ceil(bytes / 1024)} KiB`;
