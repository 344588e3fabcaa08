import { once } from 'node:events';
import { createConnection } from 'node:net';

const HEAD_END = '\r\n\r\n';

/** Posts the same body over so many connections, on each one request after another, for so long. A socket and one prepared
 *  buffer for each: Node's own HTTP client takes several times as long as the server that is measured, and its garbage would be in
 *  the latencies. Returns milliseconds of each answer with 200, and how many others there were. */
export async function askTightly(url, { type, body }, connections, seconds) {
  const { hostname, port, pathname } = new URL(url);
  const head = `POST ${pathname} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: ${type}\r\ncontent-length: ${body.byteLength}`;
  const request = Buffer.concat([Buffer.from(head + HEAD_END), body]);
  const until = performance.now() + 1000 * seconds;
  const latencies = [];
  let failed = 0;
  const one = async () => {
    const socket = createConnection({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    await new Promise((resolve, reject) => {
      let begun = 0;
      const next = () => {
        begun = performance.now();
        if (begun >= until) resolve();
        else socket.write(request);
      };
      const answers = new AnswerReader((status) => {
        if (status === 200) latencies.push(performance.now() - begun);
        else failed++;
        next();
      });
      socket.on('data', (bytes) => answers.take(bytes));
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`${url}: the connection was closed`)));
      next();
    });
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, one));
  return { latencies, failed };
}

/** Answers with Content-Length out of the bytes of a connection, one at a time. */
class AnswerReader {
  #got = [];
  #length = 0;
  #whole = 0;
  #status = 0;
  #onAnswer;

  constructor(onAnswer) {
    this.#onAnswer = onAnswer;
  }

  take(bytes) {
    this.#got.push(bytes);
    this.#length += bytes.length;
    if (this.#whole === 0) this.#readHead();
    if (this.#whole === 0 || this.#length < this.#whole) return;
    this.#got = [];
    this.#length = 0;
    this.#whole = 0;
    this.#onAnswer(this.#status);
  }

  #readHead() {
    const text = (this.#got.length === 1 ? this.#got[0] : Buffer.concat(this.#got)).subarray(0, 4096).latin1Slice();
    const end = text.indexOf(HEAD_END);
    if (end < 0) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, end + 2));
    if (length === null) throw new Error(`an answer without Content-Length: ${text.slice(0, 200)}`);
    this.#status = Number(text.slice(9, 12));
    this.#whole = end + HEAD_END.length + Number(length[1]);
  }
}
