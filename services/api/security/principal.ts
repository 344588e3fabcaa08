/** What a key may do: each scope includes those before it. */
export const SCOPES = ['act', 'read', 'launch', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** Who makes a request. */
export interface Principal {
  /** null: nobody was asked for a key, as the server listens on this machine only. */
  readonly keyId: string | null;
  /** Whose jobs it may see and change; an admin those of all. */
  readonly owner: string;
  readonly scopes: readonly Scope[];
}

/** Whoever can reach a server that listens on this machine only and asks for no keys. */
export const LOCAL_PRINCIPAL: Principal = { keyId: null, owner: 'local', scopes: ['admin'] };

export const allows = ({ scopes }: Pick<Principal, 'scopes'>, scope: Scope): boolean =>
  scopes.some((held) => SCOPES.indexOf(held) >= SCOPES.indexOf(scope));
