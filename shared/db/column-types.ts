import pg from 'pg';

const { builtins, getTypeParser } = pg.types;
/** OID of `bigint[]`, which the list of the driver lacks. */
const int8Array = 1016 as typeof builtins.INT8;

/** How values of the database become JavaScript's: as `pg` does it, but 64-bit integers are numbers. */
export function columnTypes(): pg.CustomTypesConfig {
  const types = new pg.TypeOverrides();
  const texts = getTypeParser(int8Array) as (value: string) => (string | null)[];
  types.setTypeParser(builtins.INT8, parseInteger);
  types.setTypeParser(int8Array, (value) => texts(value).map((item) => (item === null ? null : parseInteger(item))));
  return types as pg.CustomTypesConfig;
}

/** @throws where a number would not hold the integer exactly */
function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`the integer ${text} of the database is too large for a number`);
  return value;
}
