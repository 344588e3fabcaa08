import { join } from 'node:path';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { goldenMessages, readGolden } from '../../golden/wire/messages.js';
import { listFiles, projectFolder, runNode } from '../../helpers/project.js';

describe('proto/marlin/v1', () => {
  const root = new protobuf.Root();
  root.resolvePath = (_, target) => join(projectFolder, 'proto', target.replace(/^.*\/proto\//, ''));
  root.loadSync(
    listFiles('proto').map((path) => path.replace('proto/', '')),
    { keepCase: true },
  );
  root.resolveAll();
  const messages = root.lookup('marlin.v1') as protobuf.Namespace;
  const types = messages.nestedArray.filter((entry) => entry instanceof protobuf.Type);

  it('is what the generated code was made from', async () => {
    const script = join(projectFolder, 'scripts/build-wire.mjs');
    expect(await runNode(script, ['--check'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('has a version and a checksum first in every message, no maps and nothing that is not packed', () => {
    for (const { name, fieldsArray } of types) {
      for (const field of fieldsArray) {
        expect(field, `${name}.${field.name}`).not.toBeInstanceOf(protobuf.MapField);
        if (field.repeated && !(field.resolvedType instanceof protobuf.Type)) expect(field.packed).toBe(true);
      }
      if (name === 'Tensor') continue;
      const first = [...fieldsArray].sort((a, b) => a.id - b.id).slice(0, 2);
      expect(first.map(({ name: field, id, type }) => [field, id, type])).toEqual([
        ['version', 1, 'uint32'],
        ['checksum', 2, 'fixed32'],
      ]);
    }
    expect(types.map(({ name }) => name).sort()).toEqual(
      [...new Set(goldenMessages.map(({ message }) => message)), 'Tensor'].sort(),
    );
  });

  it.each(goldenMessages)('describes $message: reflection reads and writes the same bytes', ({ file, message }) => {
    const bytes = readGolden(`${file}.bin`);
    const type = root.lookupType(`marlin.v1.${message}`);
    const decoded = type.decode(bytes);
    expect(Buffer.from(type.encode(decoded).finish()).toString('hex')).toBe(bytes.toString('hex'));
    const { version, tensors = [] } = type.toObject(decoded) as { version: number; tensors?: { shape: number[] }[] };
    expect(version).toBe(1);
    for (const { shape } of tensors) expect(shape.length).toBeGreaterThan(0);
  });
});
