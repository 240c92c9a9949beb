import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { expectJson } from './http-json.ts';
import { describeIssues, linksSchema, type StacLink } from './item-schema.ts';
import { sameOrigin, type Transport } from './send-request.ts';

/** Sentinel-2 L2A by the ids of Digital Earth Africa, then Earth Search and Planetary Computer, best first. */
export const knownCollections: readonly string[] = [
  's2_l2a',
  's2_l2a_c1',
  'sentinel-2-c1-l2a',
  'sentinel-2-l2a',
  'sentinel-s2-l2a-cogs',
];

const maxPages = 50;
const pageSchema = z.looseObject({
  collections: z.array(z.looseObject({ id: z.string().max(1024) })).max(10_000),
  links: linksSchema,
});

/** An API's root document, and where it was read. */
export interface Landing {
  url: string;
  links: StacLink[];
}

/** The address of something below the root, whether or not that ends in a slash. */
export function below(root: string, path: string): string {
  const url = new URL(root);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${path}`;
  return url.href;
}

async function listCollections(landing: Landing, transport: Transport): Promise<string[]> {
  const data = landing.links.find((link) => link.rel === 'data');
  const ids: string[] = [];
  const seen = new Set<string>();
  let next: string | null = data ? sameOrigin(data.href, landing.url, 'a link') : below(landing.url, 'collections');
  while (next && !seen.has(next) && seen.size < maxPages) {
    seen.add(next);
    const { url, body } = await expectJson({ url: next }, transport);
    const page = pageSchema.safeParse(body);
    if (!page.success)
      throw new GeoCropError('invalid-source', `${url} is not a list of collections (${describeIssues(page.error)})`);
    ids.push(...page.data.collections.map((collection) => collection.id));
    const link = page.data.links?.find(({ rel }) => rel === 'next');
    next = link ? sameOrigin(link.href, url, 'a next link') : null;
  }
  return ids;
}

/** GeoCropError `unknown-collection` that lists what there is. */
export function unknownCollection(problem: string, ids: readonly string[]): GeoCropError {
  const shown = ids.slice(0, 50).map((id) => JSON.stringify(id.slice(0, 100)));
  const list = shown.join(', ') + (ids.length > shown.length ? `, and ${ids.length - shown.length} more` : '');
  const message = `${problem}; collections there: ${list || 'none'}`;
  return new GeoCropError('unknown-collection', message, { field: 'collection' });
}

/** The collection to search: the wanted one if it exists, else the first known Sentinel-2 L2A one. */
export async function chooseCollection(
  landing: Landing,
  wanted: string | undefined,
  transport: Transport,
): Promise<string> {
  const ids = await listCollections(landing, transport);
  if (wanted !== undefined) {
    if (ids.includes(wanted)) return wanted;
    throw unknownCollection(`${landing.url} has no collection ${JSON.stringify(wanted)}`, ids);
  }
  const known = knownCollections.find((id) => ids.includes(id));
  if (known) return known;
  throw unknownCollection(`${landing.url} has no collection that is known to be Sentinel-2 L2A: name one`, ids);
}
