import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const NODE = { runtime: 'node --version' };

type Input = string | { readonly runtime: string };
interface Target {
  readonly cache?: boolean;
  readonly inputs?: readonly Input[];
}
interface Workspace {
  readonly namedInputs: Readonly<Record<string, readonly Input[]>>;
  readonly targetDefaults: Readonly<Record<string, Target>>;
}

function json<T>(file: string): T {
  return JSON.parse(readFileSync(fileURLToPath(new URL(file, root)), 'utf8')) as T;
}

const { namedInputs, targetDefaults } = json<Workspace>('nx.json');
const { nx: own } = json<{ readonly nx: { readonly targets: Readonly<Record<string, Target>> } }>(
  'test/package.json',
);

/** The inputs that names stand for, and all others as they are. */
function resolved(inputs: readonly Input[]): readonly Input[] {
  return inputs.flatMap((input) => {
    const named = typeof input === 'string' ? namedInputs[input] : undefined;
    return named === undefined ? [input] : resolved(named);
  });
}

describe('A cached result', () => {
  it.each([
    ...Object.entries(targetDefaults),
    ...Object.entries(own.targets).map(([name, target]) => [`${name} of test`, target] as const),
  ])('of %s belongs to the version of Node that it was made with', (_, { inputs = [] }) => {
    expect(resolved(inputs)).toContainEqual(NODE);
  });

  it.each(['build', 'types', 'test'])('is kept for %s', (name) => {
    expect(targetDefaults[name]?.cache).toBe(true);
  });
});
