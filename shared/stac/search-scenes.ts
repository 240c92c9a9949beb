import { z } from 'zod';
import { GeoCropError } from '#shared/domain/errors.ts';
import { isHttp } from './address.ts';
import { below, type Landing } from './api-collections.ts';
import { searchApi } from './api-search.ts';
import { directoryCatalog, webCatalog } from './catalog-files.ts';
import { expectJson, type JsonAnswer } from './http-json.ts';
import { defaultLimits, type StacIo, type StacLimits } from './io.ts';
import { describeIssues, linksSchema } from './item-schema.ts';
import { checkQuery, mismatch, type SceneQuery } from './query.ts';
import { compareScenes, type Scene } from './scene.ts';
import { searchStatic } from './static-search.ts';
import type { Transport } from './send-request.ts';

export interface SceneSearch {
  collection: string;
  /** By datetime, then id. Versions of one acquisition are all there: see `selectScenes`. */
  scenes: Scene[];
  /** Items that the catalog returned although they do not answer the query. */
  skipped: { id: string; reason: string }[];
}

const rootSchema = z.looseObject({ links: linksSchema, conformsTo: z.array(z.unknown()).optional() });

/** The root of a catalog on the web; an address of a folder stands for the catalog document in it. */
async function openWeb(address: string, transport: Transport): Promise<JsonAnswer> {
  const names = /\.(?:geo)?json$/i.test(new URL(address).pathname) ? [] : ['catalog.json', 'collection.json'];
  try {
    return await expectJson({ url: address }, transport);
  } catch (error) {
    if (!(error instanceof GeoCropError) || error.code !== 'invalid-source') throw error;
    for (const name of names) {
      const answer = await expectJson({ url: below(address, name) }, transport).catch(() => null);
      if (answer) return answer;
    }
    transport.signal.throwIfAborted();
    throw error;
  }
}

/** An API's root, or null for a static catalog. */
function asLanding({ url, body }: JsonAnswer): Landing | null {
  const root = rootSchema.safeParse(body);
  if (!root.success)
    throw new GeoCropError('invalid-source', `${url} is not a STAC catalog (${describeIssues(root.error)})`, {
      field: 'stac',
    });
  const links = root.data.links ?? [];
  const isApi = root.data.conformsTo !== undefined || links.some(({ rel }) => rel === 'search');
  return isApi ? { url, links } : null;
}

async function searchWeb(catalog: string, query: SceneQuery, transport: Transport) {
  if (!URL.canParse(catalog) || new URL(catalog).username || new URL(catalog).password)
    throw new GeoCropError('invalid-source', 'the catalog must be a plain address, without user or password', {
      field: 'stac',
    });
  const root = await openWeb(catalog, transport);
  const landing = asLanding(root);
  if (landing) return searchApi(landing, query, transport);
  return searchStatic(webCatalog(root.url, root.body, transport), query, transport);
}

async function searchDirectory(place: string, query: SceneQuery, transport: Transport) {
  if (/^(?!file:)[a-z][a-z0-9+.-]*:\/\//i.test(place))
    throw new GeoCropError('invalid-source', `${place}: a catalog is an http(s) address or a directory`, {
      field: 'stac',
    });
  return searchStatic(await directoryCatalog(place, transport), query, transport);
}

/**
 * The Sentinel-2 scenes of a place and season.
 *
 * @param catalog the address of a STAC API or of a static catalog, or a directory (or its JSON file)
 * @param limits bounds that differ from the defaults
 * @throws GeoCropError `source-unavailable` (nothing to be had after all tries), `invalid-source` (no STAC, or it breaks
 *   the rules), `unknown-collection`, and `invalid-aoi` or `invalid-season` for a query that cannot be asked
 */
export async function searchScenes(
  catalog: string,
  query: SceneQuery,
  io: StacIo,
  signal: AbortSignal,
  limits: Partial<StacLimits> = {},
): Promise<SceneSearch> {
  checkQuery(query);
  const transport: Transport = { io, signal, limits: { ...defaultLimits, ...limits } };
  const search = isHttp(catalog) ? searchWeb : searchDirectory;
  const { collection, scenes } = await search(catalog, query, transport);
  const wanted = { ...query, collection };
  const checked = scenes.sort(compareScenes).map((scene) => ({ scene, reason: mismatch(scene, wanted) }));
  return {
    collection,
    scenes: checked.filter(({ reason }) => reason === null).map(({ scene }) => scene),
    skipped: checked.flatMap(({ scene, reason }) => (reason === null ? [] : [{ id: scene.id, reason }])),
  };
}
