/** Functions whose last digits differ between JavaScript engines and versions. */
const HOST_MATH = [
  'acos',
  'acosh',
  'asin',
  'asinh',
  'atan',
  'atan2',
  'atanh',
  'cbrt',
  'cos',
  'cosh',
  'exp',
  'expm1',
  'hypot',
  'log',
  'log10',
  'log1p',
  'log2',
  'pow',
  'sin',
  'sinh',
  'tan',
  'tanh',
] as const;

/** Notices what an environment uses of its host. Not seen: the `**` operator, and functions that were taken out of `Math`
 *  when the environment's module was loaded. */
export interface HostWatch {
  /** Names of what was used, in the order of first use. */
  readonly random: ReadonlySet<string>;
  readonly clock: ReadonlySet<string>;
  readonly math: ReadonlySet<string>;
  /** Runs `body` with the host's functions replaced by ones that note their use, and puts them back whatever happens. */
  during<Result>(body: () => Result): Result;
}

type Callable = (...values: unknown[]) => unknown;
interface Replacement {
  readonly owner: object;
  readonly key: string;
  readonly value: unknown;
}

export function createHostWatch(): HostWatch {
  const random = new Set<string>();
  const clock = new Set<string>();
  const math = new Set<string>();

  const noting = (owner: object, key: string, seen: Set<string>, name: string): Replacement => {
    const original = Reflect.get(owner, key) as Callable;
    const value = (...values: unknown[]): unknown => {
      seen.add(name);
      return Reflect.apply(original, owner, values);
    };
    return { owner, key, value };
  };

  const replacements: readonly Replacement[] = [
    ...HOST_MATH.map((name) => noting(Math, name, math, `Math.${name}`)),
    noting(Math, 'random', random, 'Math.random'),
    noting(globalThis.crypto, 'getRandomValues', random, 'crypto.getRandomValues'),
    noting(globalThis.crypto, 'randomUUID', random, 'crypto.randomUUID'),
    noting(performance, 'now', clock, 'performance.now'),
    { owner: globalThis, key: 'Date', value: notingDate(clock) },
  ];

  return {
    random,
    clock,
    math,
    during(body) {
      const before = replacements.map(({ owner, key }) => Object.getOwnPropertyDescriptor(owner, key));
      try {
        for (const { owner, key, value } of replacements) {
          Object.defineProperty(owner, key, { value, configurable: true, writable: true });
        }
        return body();
      } finally {
        replacements.forEach(({ owner, key }, k) => {
          const descriptor = before[k];
          if (descriptor === undefined) Reflect.deleteProperty(owner, key);
          else Object.defineProperty(owner, key, descriptor);
        });
      }
    },
  };
}

function notingDate(clock: Set<string>): DateConstructor {
  return new Proxy(Date, {
    get(target, key) {
      if (key === 'now') clock.add('Date.now');
      return Reflect.get(target, key, target);
    },
    construct(target, values) {
      // A date of given numbers is arithmetic; only the present is the clock.
      if (values.length === 0) clock.add('new Date()');
      return Reflect.construct(target, values) as Date;
    },
    apply(target, self, values) {
      clock.add('Date()');
      return Reflect.apply(target, self, values);
    },
  });
}
