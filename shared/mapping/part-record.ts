import { z } from 'zod';
import type { ObjectStore } from '#shared/storage/object-store.ts';
import { partOverviews } from './part-planes.ts';
import { partFile, recordFile } from './stored-part.ts';

const whole = z.number().int().min(0);
/** Where a compressed tile lies in the part's file, and the CRC-32 of its bytes; size 0 = sparse. */
const storedTileSchema = z.object({ offset: whole, size: whole, crc32: whole });
const partBandSchema = storedTileSchema.extend({
  /** Its overviews, from fine to coarse. */
  overviews: z.array(storedTileSchema).length(partOverviews),
  /** See `countValues`. */
  counts: z.array(whole).max(256),
});
const partRecordSchema = z.object({
  /** The tile of each band at full resolution, and what is known of the band. */
  tiles: z.array(partBandSchema),
  scenes: z.array(z.object({ id: z.string(), valid: z.number().int(), negative: z.number().int() })),
  computedPixels: z.number().int(),
  seconds: z.record(z.string(), z.number()),
});
export type StoredTile = z.infer<typeof storedTileSchema>;
export type PartBand = z.infer<typeof partBandSchema>;
/** What is known of a finished part beside its pixels. */
export type PartRecord = z.infer<typeof partRecordSchema>;

/** The record of a part that is finished; null where it is not, or is of an older layout: then it is computed again. */
export async function findPart(store: ObjectStore, key: string): Promise<PartRecord | null> {
  if ((await store.size(partFile(key))) === null) return null;
  const record = await store.get(recordFile(key));
  if (!record) return null;
  const parsed = partRecordSchema.safeParse(JSON.parse(Buffer.from(record).toString()));
  return parsed.success ? parsed.data : null;
}
