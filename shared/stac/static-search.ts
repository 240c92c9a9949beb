import { GeoCropError } from '#shared/domain/errors.ts';
import { knownCollections, unknownCollection } from './api-collections.ts';
import type { CatalogFiles } from './catalog-files.ts';
import { parseItem } from './parse-item.ts';
import { mismatch, type SceneQuery } from './query.ts';
import type { Scene } from './scene.ts';
import { walkCatalog, type ListedItem } from './static-catalog.ts';
import type { Transport } from './send-request.ts';

/** The scenes that answer a query, by collection; every collection that has items is there. */
type Found = Map<string, Map<string, Scene>>;

function addItem(found: Found, item: ListedItem, files: CatalogFiles, query: SceneQuery, limit: number): void {
  const scene = parseItem(item.raw, files.origin(item.address), item.collection);
  const collection = item.collection || scene.collection;
  const scenes = found.get(collection) ?? new Map<string, Scene>();
  found.set(collection, scenes);
  if (mismatch({ ...scene, collection }, query) !== null) return;
  if (scenes.has(scene.id)) {
    const message = `two items of collection ${JSON.stringify(collection)} have the id ${scene.id}; one is ${item.address}`;
    throw new GeoCropError('invalid-source', message);
  }
  scenes.set(scene.id, { ...scene, collection });
  if (scenes.size > limit)
    throw new GeoCropError('invalid-source', `more than ${limit} items answer this search; ask for a smaller area`);
}

/** The wanted collection, else the only one, else the first that is known to be Sentinel-2 L2A. */
function choose(ids: string[], wanted: string | undefined, place: string): string | null {
  if (wanted !== undefined && !ids.includes(wanted))
    throw unknownCollection(`${place} has no items of a collection ${JSON.stringify(wanted)}`, ids);
  if (wanted !== undefined || ids.length < 2) return wanted ?? ids[0] ?? null;
  const known = knownCollections.find((id) => ids.includes(id));
  if (known) return known;
  throw unknownCollection(`${place} has several collections, none known to be Sentinel-2 L2A: name one`, ids);
}

/** The scenes of a static catalog that answer the query. */
export async function searchStatic(
  files: CatalogFiles,
  query: SceneQuery,
  transport: Transport,
): Promise<{ collection: string; scenes: Scene[] }> {
  const found: Found = new Map();
  const onItem = (item: ListedItem) => addItem(found, item, files, query, transport.limits.items);
  await walkCatalog(files, onItem, transport);
  const { address } = await files.open();
  const collection = choose([...found.keys()].sort(), query.collection, address) ?? '';
  const scenes = [...(found.get(collection)?.values() ?? [])];
  for (const scene of scenes) await files.guardAssets(scene);
  return { collection, scenes };
}
