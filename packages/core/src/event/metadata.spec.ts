import { assertMetadata } from './metadata.js';

describe('Metadata', () => {
  it.each([
    ['correlationId', 1],
    ['commandId', 7],
    ['commandHash', {}],
    ['causationId', []],
    ['actor', null],
    ['tenant', true],
    ['traceparent', 0],
    ['commandIndex', -1],
    ['commandIndex', '0'],
    ['commandIndex', 0.5],
    ['begins', false],
  ])('are refused when %s is %p', (name, value) => {
    const metadata = { correlationId: 'c', [name]: value };

    expect(() => assertMetadata(metadata, 'a.type')).toThrow(TypeError);
    expect(() => assertMetadata(metadata, 'a.type')).toThrow(`metadata.${name} of a 'a.type'`);
  });

  it.each([
    {},
    { correlationId: 'c', actor: undefined, commandIndex: undefined },
    { correlationId: 'c', commandId: 'c-1', commandIndex: 0, begins: true, own: { of: null } },
  ])('may be %p', (metadata) => {
    expect(() => assertMetadata(metadata, 'a.type')).not.toThrow();
  });
});
