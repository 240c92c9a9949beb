import { z } from 'zod';

const text = z.string().max(8192);
const position = z.array(z.number()).min(2).max(4);
const ring = z.array(position).min(4).max(20_000);
const rings = z.array(ring).min(1).max(500);

/** Polygons only; any other geometry of an item says nothing about the ground that it covers. */
export const footprintSchema = z.union([
  z.object({ type: z.literal('Polygon'), coordinates: rings }),
  z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(rings).min(1).max(500) }),
]);

export const linkSchema = z.looseObject({
  rel: text,
  href: text,
  method: text.optional(),
  merge: z.boolean().optional(),
  body: z.unknown().optional(),
  headers: z.unknown().optional(),
});
export type StacLink = z.infer<typeof linkSchema>;
export const linksSchema = z.array(linkSchema).max(50_000).nullish();

/** `raster:bands` stays unread here: published items nest it oddly on assets that nobody maps from. */
const assetSchema = z.looseObject({
  href: text.min(1),
  type: text.nullish(),
  roles: z.array(text).nullish(),
});
export type StacAsset = z.infer<typeof assetSchema>;

/** Ids become file names: no path characters, no leading dot. */
const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,159}$/, 'must be at most 160 letters, digits, "_", "." or "-"');

/** What is read of a STAC item, versions 1.0.0-beta.1 to 1.1.0. */
export const itemSchema = z.looseObject({
  type: z.literal('Feature'),
  id: idSchema,
  collection: text.nullish(),
  bbox: z.union([z.array(z.number()).length(4), z.array(z.number()).length(6)]).nullish(),
  geometry: z.unknown(),
  properties: z.record(z.string(), z.unknown()),
  links: linksSchema,
  assets: z.record(z.string(), assetSchema),
});
export type StacItem = z.infer<typeof itemSchema>;
export type StacProperties = StacItem['properties'];

/** The first failings of a document, with their places. */
export function describeIssues(error: z.ZodError): string {
  const lines = error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || 'document'}: ${issue.message}`);
  return lines.join('; ');
}
