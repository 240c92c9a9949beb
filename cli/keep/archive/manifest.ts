import { z } from 'zod';

/** The form of archives that this version writes; one of a higher number is refused. */
export const archiveFormat = 1;

export const manifestName = 'manifest.json';
/** As `sha256sum` writes it, so that an archive can be checked without this program. */
export const sumsName = 'SHA256SUMS';

const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
const tableSchema = z.object({
  name,
  columns: z.array(name).min(1),
  rows: z.number().int().min(0),
  /** Entries of the archive, in order: gzipped lines of JSON arrays, one a row, every value as PostgreSQL's text. */
  files: z.array(z.string()),
});
export type DumpedTable = z.infer<typeof tableSchema>;

const manifestSchema = z.object({
  format: z.number().int().positive(),
  /** `database`: rows and small files alone, as they are kept before an upgrade; objects stay where they are. */
  scope: z.enum(['all', 'database']),
  product: z.object({ version: z.string(), commit: z.string() }),
  /** Layout of the home, and the number of the newest migration. */
  versions: z.object({ home: z.number().int(), schema: z.number().int() }),
  created: z.iso.datetime(),
  from: z.object({ database: z.enum(['embedded', 'server']), objects: z.enum(['folder', 's3']) }),
  withParts: z.boolean(),
  tables: z.array(tableSchema),
});
/** What an archive says of itself; its sums lie beside it. */
export type Manifest = z.infer<typeof manifestSchema>;

/** Of an archive of a newer form nothing but its number is read. */
export function parseManifest(text: string): Manifest {
  const value: unknown = JSON.parse(text);
  const { format } = z.object({ format: z.number() }).parse(value);
  if (format > archiveFormat) throw new Error(`it was written by a newer version of GeoCrop (form ${format})`);
  return manifestSchema.parse(value);
}
