import { Compile } from 'typebox/schema';

export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  /** Status, or a class as `4XX`, → media type → schema. */
  readonly responses: Readonly<Record<string, Content>>;
  readonly public: boolean;
}

/** An OpenAPI document, as far as requests and answers are held against it. */
export class ApiDocument {
  readonly operations: readonly Operation[];
  readonly #components: unknown;
  readonly #compiled = new Map<Schema, { Check(value: unknown): boolean }>();

  constructor(document: Readonly<Record<string, unknown>>) {
    this.#components = document.components;
    const paths = document.paths as Readonly<
      Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>
    >;
    this.operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        method: method.toUpperCase(),
        path,
        parameters: (operation.parameters ?? []) as readonly Parameter[],
        body: (operation.requestBody as Content | undefined)?.content?.['application/json']?.schema ?? null,
        responses: operation.responses as Operation['responses'],
        public: Array.isArray(operation.security) && operation.security.length === 0,
      })),
    );
  }

  find(method: string, path: string): Operation {
    const found = this.operations.find((operation) => operation.method === method && operation.path === path);
    if (found === undefined) throw new Error(`the document has no ${method} ${path}`);
    return found;
  }

  fits(schema: Schema, value: unknown): boolean {
    let compiled = this.#compiled.get(schema);
    if (compiled === undefined) {
      compiled = Compile({ ...schema, components: this.#components } as never);
      this.#compiled.set(schema, compiled);
    }
    return compiled.Check(value);
  }
}
