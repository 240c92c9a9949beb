import { spectralBands } from '#shared/domain/bands.ts';
import { GeoCropError } from '#shared/domain/errors.ts';
import { dekadIndex, seasonDekads, type Season } from '#shared/domain/season.ts';
import { median } from './composite.ts';
import { compositeLength } from './spectral-index.ts';

/** Digital numbers of the tables are reflectance x 10000. */
const tableScale = 0.0001;

/** The composites of one series of a table, [band][dekad] reflectance, NaN = missing. */
export interface TableSeries {
  id: string;
  composites: Float32Array;
}

const refuse = (message: string) => new GeoCropError('invalid-table', message, { field: 'table' });

/** A row of the table: its values by band (NaN where the cell is empty) and its dekad; null outside the season. */
interface Row {
  id: string;
  dekad: number | null;
  values: number[];
}

/**
 * Groups the lines of a table (header first) into composites. Columns `id`, `date` and the six bands, in any order;
 * other columns are ignored. A date is a day (YYYY-MM-DD, the median of a dekad's days is taken) or a month (YYYY-MM,
 * which stands in the month's middle dekad). A row that lacks a band is no observation. The series come in the order
 * in which they first appear.
 */
export function seriesOfTable(lines: readonly string[], season: Season, year: number): TableSeries[] {
  const columns = columnsOf(lines[0] ?? '');
  const observations = new Map<string, number[][][]>();
  lines.slice(1).forEach((line, i) => {
    if (line.trim() === '') return;
    const { id, dekad, values } = readRow(line, columns, season, year, i + 2);
    const dekads = observations.get(id) ?? Array.from({ length: seasonDekads }, () => []);
    observations.set(id, dekads);
    if (dekad !== null && !values.some(Number.isNaN)) dekads[dekad].push(values);
  });
  return [...observations].map(([id, dekads]) => ({ id, composites: compositesOf(dekads) }));
}

function columnsOf(header: string): Map<string, number> {
  const names = splitLine(header.replace(/^\ufeff/, ''));
  const columns = new Map(names.map((name, i) => [name, i]));
  const missing = ['id', 'date', ...spectralBands].filter((name) => !columns.has(name));
  if (missing.length === 0) return columns;
  throw refuse(`the table has no column ${missing.join(', ')}; it needs id, date and ${spectralBands.join(', ')}`);
}

const splitLine = (line: string) => line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));

function readRow(line: string, columns: Map<string, number>, season: Season, year: number, number: number): Row {
  const cells = splitLine(line);
  const cell = (name: string) => cells[columns.get(name)!] ?? '';
  const date = cell('date');
  const month = /^\d{4}-\d{2}$/.test(date);
  if (!month && (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date))))
    throw refuse(`line ${number} of the table: "${date}" is no date; write YYYY-MM-DD or YYYY-MM`);
  const values = spectralBands.map((band) => {
    const text = cell(band);
    const value = text === '' ? NaN : Number(text);
    if (text !== '' && !Number.isFinite(value))
      throw refuse(`line ${number} of the table: "${text}" in ${band} is no number`);
    // As in a scene: 0 is no data.
    return value === 0 ? NaN : value * tableScale;
  });
  return { id: cell('id'), dekad: dekadIndex(season, year, month ? `${date}-15` : date), values };
}

function compositesOf(dekads: number[][][]): Float32Array {
  const composites = new Float32Array(compositeLength).fill(NaN);
  dekads.forEach((rows, dekad) => {
    if (rows.length === 0) return;
    for (let band = 0; band < spectralBands.length; band++) {
      const values = Float32Array.from(rows, (row) => row[band]);
      composites[band * seasonDekads + dekad] = median(values, values.length);
    }
  });
  return composites;
}
