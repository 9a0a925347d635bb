import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly workspaces?: readonly string[];
}

/** The root of this repository. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** The packages that are published, by name, and where they lie: every workspace that is not private. */
export const PACKAGES: Readonly<Record<string, string>> = Object.fromEntries(
  workspaces()
    .map((place) => ({ ...manifestOf(place), place }))
    .filter((manifest) => manifest.private !== true)
    .map(({ name, place }) => [name, place]),
);

function workspaces(): readonly string[] {
  return (manifestOf('.').workspaces ?? [])
    .flatMap((pattern) =>
      pattern.endsWith('/*')
        ? readdirSync(join(root, dirname(pattern))).map((name) => join(dirname(pattern), name))
        : [pattern],
    )
    .filter((place) => existsSync(join(root, place, 'package.json')));
}

function manifestOf(place: string): Manifest {
  return JSON.parse(readFileSync(join(root, place, 'package.json'), 'utf8')) as Manifest;
}
