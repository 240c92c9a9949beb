import { gunzipSync } from 'node:zlib';

/** A row of a table: its cells by column name. */
export type Row = Readonly<Record<string, string>>;

const maxTableBytes = 256 * 1024 * 1024;

/**
 * Reads a gzipped CSV file with a header (RFC 4180, no line breaks inside cells).
 *
 * @throws when a row has more or fewer cells than the header
 */
export function readTable(name: string, gzipped: Uint8Array): Row[] {
  const text = gunzipSync(gzipped, { maxOutputLength: maxTableBytes }).toString('utf8');
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  if (header === undefined) throw new Error(`${name} is empty`);
  const columns = splitRow(header);
  return lines.map((line, i) => {
    const cells = splitRow(line);
    if (cells.length !== columns.length)
      throw new Error(`${name}, row ${i + 2}: ${cells.length} cells where the header has ${columns.length}`);
    return Object.fromEntries(columns.map((column, at) => [column, cells[at]]));
  });
}

function splitRow(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  return Array.from(`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );
}

/** Rows that belong together, in the order of the table. */
export function groupRows(rows: readonly Row[], column: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row[column]);
    if (group) group.push(row);
    else groups.set(row[column], [row]);
  }
  return groups;
}
