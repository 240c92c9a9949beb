import { GeoCropError } from '#shared/domain/errors.ts';
import type { Landing } from './api-collections.ts';
import { chooseCollection } from './api-collections.ts';
import { itemPages, type ItemPage } from './api-pages.ts';
import { parseItem } from './parse-item.ts';
import { queryInterval, type SceneQuery } from './query.ts';
import type { Scene } from './scene.ts';
import type { Transport } from './send-request.ts';

/** Digital Earth Africa serves 20 by default and at most 1000; 100 keeps a page at a few megabytes. */
const pageSize = 100;
const maxEmptyPages = 3;

/** Adds a page's new items; an item that an earlier page had is left out. Returns how many were new. */
function addPage(page: ItemPage, collection: string, found: Map<string, Scene>): number {
  const before = found.size;
  for (const raw of page.features) {
    const scene = parseItem(raw, { address: page.url, root: null, selfIsBase: true }, collection);
    const key = `${scene.collection}/${scene.id}`;
    if (!found.has(key)) found.set(key, scene);
  }
  return found.size - before;
}

/** Every item that the API returns for the query; GeoCropError `invalid-source` where its pages do not come to an end. */
export async function searchApi(
  landing: Landing,
  query: SceneQuery,
  transport: Transport,
): Promise<{ collection: string; scenes: Scene[] }> {
  const collection = await chooseCollection(landing, query.collection, transport);
  const body = { collections: [collection], bbox: query.bbox, datetime: queryInterval(query), limit: pageSize };
  const found = new Map<string, Scene>();
  const refuse = (reason: string) => new GeoCropError('invalid-source', `${landing.url}: ${reason}`);
  let empty = 0;
  for await (const page of itemPages(landing, body, transport)) {
    const fresh = addPage(page, collection, found);
    if (page.features.length > 0 && fresh === 0) throw refuse('the server sends the same page for ever');
    empty = page.features.length === 0 ? empty + 1 : 0;
    if (empty > maxEmptyPages) throw refuse('the server sends empty pages for ever');
    if (found.size > transport.limits.items)
      throw refuse(`more than ${transport.limits.items} items answer this search; ask for a smaller area`);
  }
  return { collection, scenes: [...found.values()] };
}
