import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GeoCropError } from '#shared/domain/errors.ts';
import { isInside, resolvePath, type Origin } from './address.ts';
import { requestJson, statusError } from './http-json.ts';
import { parseJson } from './parse-json.ts';
import type { Scene } from './scene.ts';
import { sameOrigin, type Transport } from './send-request.ts';

/** The documents of one static catalog, wherever it lies; every address that it hands out stays inside the catalog. */
export interface CatalogFiles {
  /** The root document, and its address. */
  open(): Promise<{ address: string; document: unknown }>;
  /** The address that a link means; GeoCropError `invalid-source` where it leads out of the catalog. */
  follow(href: string, from: string): string;
  /** The document at an address, or null where nothing is there. */
  read(address: string): Promise<unknown>;
  origin(address: string): Origin;
  /** Refuses assets whose files lie outside the catalog by a symbolic link. */
  guardAssets(scene: Scene): Promise<void>;
}

const rootNames = ['catalog.json', 'collection.json'];
const isMissing = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

async function readInside(path: string, root: string, { io, limits }: Transport): Promise<unknown> {
  try {
    if (!isInside(root, await io.realpath(path)))
      throw new GeoCropError('invalid-source', `${path} is a link that leads out of ${root}`);
    return parseJson(Buffer.from(await io.readFile(path, limits.documentBytes)).toString('utf8'), path, 'the file');
  } catch (error) {
    if (error instanceof GeoCropError) throw error;
    if (isMissing(error)) return null;
    throw new GeoCropError('invalid-source', `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function guardAssets({ id, assets }: Scene, root: string, { io }: Transport): Promise<void> {
  for (const { href } of Object.values(assets).filter((asset) => isAbsolute(asset.href))) {
    const real = await io.realpath(href).catch((error: unknown) => {
      if (isMissing(error)) return href;
      throw new GeoCropError('invalid-source', `${href} cannot be read: ${(error as Error).message}`, { cause: error });
    });
    if (!isInside(root, real))
      throw new GeoCropError('invalid-source', `item ${id}: ${href} is a link that leads out of ${root}`);
  }
}

/** The real folder, and the names under which its root document may lie. */
async function locate(place: string, { io }: Transport): Promise<{ root: string; names: string[] }> {
  const path = resolve(place.startsWith('file:') ? fileURLToPath(place) : place);
  const isDocument = path.endsWith('.json');
  try {
    const root = await io.realpath(isDocument ? dirname(path) : path);
    return { root, names: isDocument ? [basename(path)] : rootNames };
  } catch (cause) {
    throw new GeoCropError('invalid-source', `there is no catalog at ${path}`, { field: 'stac', cause });
  }
}

/** A catalog in a directory (`catalog.json`, else `collection.json`), or one such file. */
export async function directoryCatalog(place: string, transport: Transport): Promise<CatalogFiles> {
  const { root, names } = await locate(place, transport);
  const read = (path: string) => readInside(path, root, transport);
  return {
    read,
    origin: (address) => ({ address, root }),
    guardAssets: (scene) => guardAssets(scene, root, transport),
    follow: (href, from) => {
      try {
        return resolvePath(href, { address: from, root });
      } catch (cause) {
        throw new GeoCropError('invalid-source', `${from} has a link that is refused: ${(cause as Error).message}`, {
          cause,
        });
      }
    },
    open: async () => {
      for (const address of names.map((name) => resolve(root, name))) {
        const document = await read(address);
        if (document !== null) return { address, document };
      }
      const message = `${root} has no ${names.join(' or ')}: it is not a STAC catalog`;
      throw new GeoCropError('invalid-source', message, { field: 'stac' });
    },
  };
}

/** A catalog over HTTP whose root document is already here. */
export function webCatalog(address: string, document: unknown, transport: Transport): CatalogFiles {
  return {
    open: () => Promise.resolve({ address, document }),
    follow: (href, from) => sameOrigin(href, from, 'a link'),
    origin: (url) => ({ address: url, root: null }),
    guardAssets: () => Promise.resolve(),
    read: async (url) => {
      const answer = await requestJson({ url }, transport);
      if (answer.body === undefined && answer.status !== 404) throw statusError(answer);
      return answer.body ?? null;
    },
  };
}
