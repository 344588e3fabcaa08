/** Keys that make of any number of equal requests one job. */
export class LaunchKeys {
  readonly #random: (words: Uint32Array<ArrayBuffer>) => void;
  #body = '';
  #key = '';

  constructor(random: (words: Uint32Array<ArrayBuffer>) => void) {
    this.#random = random;
  }

  /** The key of a request: the same for the same one, so that pressing a button twice makes one job; a new one once it says something
   *  else, as the API takes no key for two. */
  keyFor(body: unknown): string {
    const text = JSON.stringify(body);
    if (text !== this.#body || this.#key === '') {
      const words = new Uint32Array(5);
      this.#random(words);
      this.#key = [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
      this.#body = text;
    }
    return this.#key;
  }
}
