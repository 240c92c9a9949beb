import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { CatalogFiles } from './catalog-files.ts';
import { describeIssues, linksSchema, type StacLink } from './item-schema.ts';
import type { Transport } from './send-request.ts';

const nodeSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('Catalog'), links: linksSchema }),
  z.looseObject({ type: z.literal('Collection'), id: z.string(), links: linksSchema }),
  z.looseObject({ type: z.literal('FeatureCollection'), features: z.array(z.unknown()).max(20_000) }),
  z.looseObject({ type: z.literal('Feature') }),
]);

/** A document of a catalog: where it lies, who lists it and the collection around it. */
interface Visit {
  address: string;
  listedBy: string;
  collection: string;
  document?: unknown;
}

/** An item as it was found. */
export interface ListedItem {
  raw: unknown;
  address: string;
  collection: string;
}

/** Before 1.0.0-rc.1 only items carried a type; what has an extent is a collection. */
function withType(document: unknown): unknown {
  if (!document || typeof document !== 'object' || 'type' in document || !('links' in document)) return document;
  return { ...document, type: 'extent' in document ? 'Collection' : 'Catalog' };
}

function parseNode(document: unknown, { address, listedBy }: Visit) {
  if (document === null) throw new GeoCropError('invalid-source', `${listedBy} lists ${address}, which is not there`);
  const node = nodeSchema.safeParse(withType(document));
  if (node.success) return node.data;
  const message = `${address} is not a STAC catalog, collection or item (${describeIssues(node.error)})`;
  throw new GeoCropError('invalid-source', message, { field: 'stac' });
}

/** A collection of an API lists its items page by page; reading its first page only would lose scenes without a word. */
function refuseApiCollection(links: readonly StacLink[], address: string): void {
  if (!links.some(({ rel }) => rel === 'items') || links.some(({ rel }) => rel === 'item')) return;
  const message = `${address} is one collection of a STAC API: give the API's own address and name the collection`;
  throw new GeoCropError('invalid-source', message, { field: 'stac' });
}

/** Reads one document: its items go to `onItem`, what it links to comes back. */
async function visitDocument(visit: Visit, files: CatalogFiles, onItem: (item: ListedItem) => void): Promise<Visit[]> {
  const { address } = visit;
  const document = visit.document ?? (await files.read(address));
  const node = parseNode(document, visit);
  const collection = node.type === 'Collection' ? node.id : visit.collection;
  if (node.type === 'Feature') onItem({ raw: document, address, collection });
  else if (node.type === 'FeatureCollection') for (const raw of node.features) onItem({ raw, address, collection });
  else {
    const links = node.links ?? [];
    refuseApiCollection(links, address);
    const wanted = links.filter(({ rel }) => rel === 'child' || rel === 'item');
    return wanted.map((link) => ({ address: files.follow(link.href, address), listedBy: address, collection }));
  }
  return [];
}

/** Runs a task for each entry, a few at a time; the first failure ends it. */
async function forEachLimited<T>(
  entries: readonly T[],
  limit: number,
  task: (entry: T) => Promise<void>,
): Promise<void> {
  const rest = entries.values();
  let failed = false;
  const worker = async () => {
    for (const entry of rest) {
      if (failed) return;
      await task(entry).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, entries.length) }, worker));
}

/**
 * Hands every item of a static catalog to `onItem`, level by level and in no particular order. A listed document that is
 * missing, one that is no STAC, and a catalog beyond the limits of depth and count are GeoCropError `invalid-source`.
 */
export async function walkCatalog(
  files: CatalogFiles,
  onItem: (item: ListedItem) => void,
  { limits, signal }: Transport,
): Promise<void> {
  const root = await files.open();
  const refuse = (reason: string) => new GeoCropError('invalid-source', `${root.address} ${reason}`, { field: 'stac' });
  const seen = new Set([root.address]);
  let level: Visit[] = [{ ...root, listedBy: root.address, collection: '' }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.depth) throw refuse(`has more than ${limits.depth} levels`);
    const next: Visit[] = [];
    await forEachLimited(level, limits.concurrency, async (visit) => {
      signal.throwIfAborted();
      for (const found of await visitDocument(visit, files, onItem)) {
        if (seen.has(found.address)) continue;
        seen.add(found.address);
        next.push(found);
        if (seen.size > limits.documents) throw refuse(`has more than ${limits.documents} documents`);
      }
    });
    level = next;
  }
}
