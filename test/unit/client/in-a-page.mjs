// Runs the client with what a browser has, and nothing of Node: a module of its own context, whose imports may lead only to other
// modules of the client. Prints what it has read, as JSON. Needs --experimental-vm-modules.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import ts from 'typescript';

const GLOBALS = [
  'fetch',
  'Response',
  'URL',
  'URLSearchParams',
  'AbortController',
  'AbortSignal',
  'TextDecoder',
  'crypto',
];
const shared = Object.fromEntries([...GLOBALS, 'setTimeout', 'clearTimeout'].map((name) => [name, globalThis[name]]));
const context = vm.createContext({ ...shared, fetch: fakeFetch });
const folder = new URL('../../../client/', import.meta.url);
const modules = new Map();

function load(url) {
  let module = modules.get(url.href);
  if (module === undefined) {
    if (!url.href.startsWith(folder.href)) throw new Error(`the client loads ${url.href}`);
    const source = readFileSync(fileURLToPath(url).replace(/\.js$/, '.ts'), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: 'es2023', module: 'esnext', verbatimModuleSyntax: true },
    });
    module = new vm.SourceTextModule(outputText, { context, identifier: url.href });
    modules.set(url.href, module);
  }
  return module;
}

async function fakeFetch(url, { headers }) {
  if (headers.accept === 'text/event-stream') {
    const type = { 'content-type': 'text/event-stream' };
    return new Response('id: 1\nevent: checkpoint\ndata: {"sequence":1}\n\nevent: end\ndata: {}\n\n', {
      headers: type,
    });
  }
  return new Response(JSON.stringify({ url, key: headers['idempotency-key'] }));
}

const client = load(new URL('index.js', folder));
await client.link((specifier, { identifier }) => load(new URL(specifier, identifier)));
await client.evaluate();
const { launchJob, events } = client.namespace.createClient({ url: 'http://api.test' });
const types = [];
for await (const { type } of events('job-1')) types.push(type);
console.log(JSON.stringify({ launched: await launchJob({ spec: {} }), types, modules: modules.size }));
