import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The root of the repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const compilerOptions = {
  target: 'es2022',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  outDir: 'out',
  types: ['node'],
};

/** The fenced blocks of one language, in their order. */
export function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, code]) => code ?? '',
  );
}

/** Compiles code as strictly as users do, runs it in an empty folder, and gives back what it prints. */
export function runBlock(code: string, variables: NodeJS.ProcessEnv = {}): Promise<string> {
  return inProject({ 'example.ts': `${code}\nexport {};\n` }, async (folder) => {
    // A task runner asks its children for colours, which are not what a page shows.
    const { FORCE_COLOR: _, ...env } = process.env;
    const { stdout } = await run(process.execPath, ['out/example.js'], {
      cwd: folder,
      env: { ...env, ...variables },
    });
    return stdout;
  });
}

/** Compiles `example.ts` beside other files, as strictly as users do. */
export async function compile(files: Readonly<Record<string, string>>): Promise<void> {
  await inProject(files, async () => undefined);
}

async function inProject<T>(
  files: Readonly<Record<string, string>>,
  then: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'everfold-page-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['example.ts'] }),
    );
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', '.'], { cwd: folder }).catch(
      (error: { readonly stdout?: string }) => {
        throw new Error(`It does not compile:\n${error.stdout}`, { cause: error });
      },
    );
    return await then(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
