/** Characters of the digest in an id: 128 bits, so that nobody names weights that he does not have. */
const DIGEST_CHARACTERS = 32;
const PATTERN = /^import-[0-9a-f]{32}$/;

/** The id under which weights that were trained elsewhere lie among the jobs' checkpoints: it follows from the weights, so that a job
 *  spec that names it says which they are. `digest` is their SHA-256, hexadecimal. */
export const importId = (digest: string): string => `import-${digest.slice(0, DIGEST_CHARACTERS)}`;

export const isImportId = (id: string): boolean => PATTERN.test(id);
