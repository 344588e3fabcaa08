/** The keys of the API, without its server: for whoever makes and revokes them. */
import { apiError } from './errors.js';

export { createBrokerKeyStore, createFileKeyStore } from './security/key-stores.js';
export { type ApiKey, type KeyStore, mintKey } from './security/keys.js';
export { SCOPES, type Scope } from './security/principal.js';

export const unknownKey = (keyId: string): Error =>
  apiError('API_KEY_UNKNOWN', `there is no API key with the id ${JSON.stringify(keyId)}`, { data: { keyId } });
