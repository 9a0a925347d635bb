import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The folder that the peers are installed into. Compiled files lie one level below `bench`, like their sources. */
export const peersFolder = fileURLToPath(new URL('../../peers/', import.meta.url));

const require = createRequire(new URL('../../peers/package.json', import.meta.url));

/** Loads a package from the peers' own folder; the caller names what it uses of it. */
export async function loadPeer<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(require.resolve(name)).href)) as Module;
}
