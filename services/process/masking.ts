const HIDDEN = '***';

/** A URL as it may be shown: user and password hidden, and the values of query parameters that sound secret. */
export function maskUrl(url: string): string {
  // Up to the last @, because a password that was not percent-encoded may itself contain one.
  return url
    .replace(/^([a-z][a-z0-9+.-]*:(?:\/\/)?).*@/is, `$1${HIDDEN}@`)
    .replace(/([?&][^=&#]*(?:pass|secret|token|key|auth)[^=&#]*=)[^&#]*/gi, `$1${HIDDEN}`);
}

/** A text in which the user and password of every URL are hidden. Paths may hold an @, as those of npm packages do, so only what
 *  comes before the first slash counts. */
export function maskUrlsIn(text: string): string {
  return text.includes('@') ? text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s"/]*@/gi, `$1${HIDDEN}@`) : text;
}
