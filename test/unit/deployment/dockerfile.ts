/** The rules that an image of ours keeps, checked on the text: no engine runs where the tests run. */

export interface Instruction {
  readonly name: string;
  /** What follows the name, on one line. */
  readonly text: string;
}

export interface Stage {
  /** The base image, with build arguments filled in. */
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

/** Stages in order. Instructions before the first FROM count only as arguments of images. */
export function parseDockerfile(content: string): Stage[] {
  const lines = content
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line))
    .join('\n')
    .replace(/\\\n\s*/g, ' ')
    .split('\n');
  const stages: { image: string; instructions: Instruction[] }[] = [];
  const defaults = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', text = ''] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (name === 'FROM') {
      const image = (text.split(/\s+/)[0] ?? '').replace(/\$\{?(\w+)\}?/g, (_, key: string) => defaults.get(key) ?? '');
      stages.push({ image, instructions: [] });
    } else if (stages.length === 0 && name === 'ARG') {
      const [key = '', value = ''] = text.split('=');
      defaults.set(key, value);
    } else if (name !== '') {
      stages.at(-1)?.instructions.push({ name, text });
    }
  }
  return stages;
}

/** Everything that breaks a rule, in words. */
export function lintDockerfile(stages: readonly Stage[]): string[] {
  const faults = new Set<string>();
  for (const { image, instructions } of stages) {
    if (!/^[\w./-]+:\d+\.\d+\.\d+-[\w.-]+(@sha256:[0-9a-f]{64})?$/.test(image)) {
      faults.add(`${image} is not pinned to a release`);
    }
    instructions.forEach((instruction, i) => {
      for (const fault of faultsOf(instruction, instructions.slice(0, i))) faults.add(fault);
    });
  }
  const all = stages.flatMap(({ instructions }) => instructions);
  const last = stages.at(-1)?.instructions ?? [];
  const find = (name: string) => last.findLast((instruction) => instruction.name === name)?.text;
  if (!all.some(({ text }) => /npm prune .*--omit=dev|npm ci .*--omit=dev/.test(text))) {
    faults.add('development packages are not removed');
  }
  const user = find('USER');
  if (user === undefined) faults.add('the image runs as nobody in particular');
  else if (/^(root|0)(:|$)/.test(user)) faults.add('the image runs as root');
  if (!find('HEALTHCHECK')?.includes('CMD')) faults.add('there is no HEALTHCHECK');
  if (!find('ENTRYPOINT')?.startsWith('[')) faults.add('ENTRYPOINT is no list: a shell would swallow signals');
  return [...faults];
}

function* faultsOf({ name, text }: Instruction, before: readonly Instruction[]): Generator<string> {
  if (name === 'ADD') yield 'ADD fetches or unpacks unseen; use COPY';
  if (name === 'ENV' || name === 'ARG') {
    for (const [, key = ''] of text.matchAll(/(?:^|\s)(\w+)(?==|$)/g)) {
      if (/pass|token|secret|_key$|credential/i.test(key)) yield `${key} looks like a secret`;
    }
  }
  if (name === 'COPY') {
    const sources = text
      .split(/\s+/)
      .slice(0, -1)
      .filter((source) => !source.startsWith('--'));
    // What precedes npm ci is judged there.
    if (sources.includes('.') && before.some((earlier) => /npm (ci|install)/.test(earlier.text))) {
      yield 'COPY . takes everything';
    }
    for (const source of sources) if (/(^|\/)\.env$|\.pem$|id_rsa/.test(source)) yield `COPY ${source} takes a secret`;
  }
  if (name !== 'RUN') return;
  if (/npm (install|i)\b/.test(text)) yield 'npm install does not keep to the lock file';
  if (/npm ci\b/.test(text)) {
    if (!text.includes('--ignore-scripts')) yield 'npm ci runs install scripts';
    const earlier = before.filter((each) => each.name === 'COPY' && !isLockFileCopy(each.text));
    for (const each of earlier) yield `npm ci comes after COPY ${each.text}`;
  }
  if (/apt-get install/.test(text) && !text.includes('rm -rf /var/lib/apt/lists')) {
    yield 'the lists of apt-get are left behind';
  }
  if (/(curl|wget)\b.*\|\s*(ba|da)?sh\b/.test(text)) yield 'something is run from the network unseen';
}

const isLockFileCopy = (text: string): boolean =>
  text
    .split(/\s+/)
    .slice(0, -1)
    .every((source) => ['package.json', 'package-lock.json', '.npmrc'].includes(source));
