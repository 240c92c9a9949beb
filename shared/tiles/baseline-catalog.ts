import { z } from 'zod';
import type { ObjectStore } from '#shared/storage/object-store.ts';

/** Id of a baseline layer, as `dw-zim-summer-2019`; `job-` is kept for the layers of jobs. */
export const baselineIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, 'lower-case letters, digits and - only')
  .refine((id) => !id.startsWith('job-'), 'ids that begin with job- belong to jobs');

/** One class of a class raster: its pixel value and how it is named and drawn. */
export const layerClassSchema = z.object({
  value: z.number().int().min(0).max(255),
  name: z.string().min(1).max(80),
  title: z.string().min(1).max(80),
  color: z.string().regex(/^#[0-9a-f]{6}$/i, 'a colour as #rrggbb'),
});
export type LayerClass = z.infer<typeof layerClassSchema>;

const degrees = (limit: number) => z.number().min(-limit).max(limit);

/** The sidecar of a baseline: what lies beside `<key>.tif` as `<key>.json`. */
export const baselineSchema = z.object({
  id: baselineIdSchema,
  title: z.string().min(1).max(200),
  year: z.number().int().min(1900).max(2200),
  kind: z.enum(['dynamic-world', 'worldcover', 'classes']),
  classes: z
    .array(layerClassSchema)
    .min(1)
    .max(256)
    .refine((classes) => new Set(classes.map(({ value }) => value)).size === classes.length, 'a value has two classes'),
  /** West, south, east, north of the raster, degrees. */
  bbox: z.tuple([degrees(180), degrees(90), degrees(180), degrees(90)]),
  licence: z.string().max(500),
  attribution: z.string().max(500),
});
export type Baseline = z.infer<typeof baselineSchema>;

/** A baseline of the store. */
export interface CatalogEntry {
  baseline: Baseline;
  /** Key of its raster in the baselines store. */
  key: string;
  /** The sidecar's bytes as they are: a part of the raster's version. */
  sidecar: Uint8Array;
}

/** A sidecar that is there and cannot be used; the others are served all the same. */
export interface CatalogProblem {
  key: string;
  reason: string;
}

export interface BaselineCatalog {
  /** Sorted by id. */
  entries: CatalogEntry[];
  problems: CatalogProblem[];
}

/** Key of the sidecar of a raster. */
export const sidecarKey = (rasterKey: string): string => rasterKey.replace(/\.tif$/, '.json');

/** The largest sidecar that is read, bytes. */
const maxSidecarBytes = 2 ** 20;

/** Every `*.tif` of the store that has a usable sidecar; of two with one id the first by key counts. */
export async function readBaselineCatalog(store: ObjectStore): Promise<BaselineCatalog> {
  const keys = new Set(await store.list(''));
  const rasters = [...keys].filter((key) => key.endsWith('.tif') && keys.has(sidecarKey(key)));
  const problems: CatalogProblem[] = [];
  const byId = new Map<string, CatalogEntry>();
  for (const read of await Promise.all(rasters.map((key) => readEntry(store, key)))) {
    if ('reason' in read) problems.push(read);
    else if (byId.has(read.baseline.id)) problems.push(sameId(read, byId.get(read.baseline.id)!));
    else byId.set(read.baseline.id, read);
  }
  const entries = [...byId.values()].sort((a, b) => (a.baseline.id < b.baseline.id ? -1 : 1));
  return { entries, problems };
}

const sameId = ({ key, baseline }: CatalogEntry, other: CatalogEntry): CatalogProblem => ({
  key,
  reason: `its id ${baseline.id} is that of ${other.key} as well`,
});

async function readEntry(store: ObjectStore, key: string): Promise<CatalogEntry | CatalogProblem> {
  const size = await store.size(sidecarKey(key));
  if (size === null) return { key, reason: 'its sidecar has just been removed' };
  if (size > maxSidecarBytes) return { key, reason: `its sidecar has ${size} bytes` };
  const sidecar = await store.get(sidecarKey(key));
  if (!sidecar) return { key, reason: 'its sidecar has just been removed' };
  return parseSidecar(key, sidecar);
}

function parseSidecar(key: string, sidecar: Uint8Array): CatalogEntry | CatalogProblem {
  try {
    const parsed = baselineSchema.safeParse(JSON.parse(new TextDecoder().decode(sidecar)));
    if (parsed.success) return { key, baseline: parsed.data, sidecar };
    const issue = parsed.error.issues[0];
    return { key, reason: `its sidecar is wrong at ${issue.path.join('.')}: ${issue.message}` };
  } catch (error) {
    return { key, reason: `its sidecar is not JSON: ${(error as Error).message}` };
  }
}
