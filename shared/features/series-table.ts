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
 * which stands in the month's middle dekad). A row with an empty cell or a 0 in a band is no observation. The series come in the order
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

/** The names of the columns; those that are needed are there, once. */
function columnsOf(header: string): string[] {
  const names = splitLine(header.replace(/^\ufeff/, ''));
  const needed = ['id', 'date', ...spectralBands];
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw refuse(`the table has no column ${missing.join(', ')}; it needs id, date and ${spectralBands.join(', ')}`);
  const twice = needed.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice) throw refuse(`the table has two columns ${twice}`);
  return names;
}

/** A cell in a sentence: short, and without control characters. */
const quoted = (cell: string) => JSON.stringify(cell.slice(0, 40));

const splitLine = (line: string) => line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));

function readRow(line: string, columns: readonly string[], season: Season, year: number, number: number): Row {
  const cells = splitLine(line);
  const wrong = (what: string) => refuse(`line ${number} of the table ${what}`);
  if (cells.length !== columns.length)
    throw wrong(`has ${cells.length} cells where the header has ${columns.length}; commas inside cells are not read`);
  const cell = (name: string) => cells[columns.indexOf(name)];
  if (cell('id') === '') throw wrong('has no id');
  const day = dayOf(cell('date'));
  if (day === null) throw wrong(`is not usable: ${quoted(cell('date'))} is no date; write YYYY-MM-DD or YYYY-MM`);
  const values = spectralBands.map((band) => {
    const value = reflectanceOf(cell(band));
    if (value === null) throw wrong(`is not usable: ${quoted(cell(band))} in ${band} is no number`);
    return value;
  });
  return { id: cell('id'), dekad: dekadIndex(season, year, day), values };
}

/** The day that a date or a month stands for; null where the calendar does not have it. */
function dayOf(date: string): string | null {
  const day = /^\d{4}-\d{2}$/.test(date) ? `${date}-15` : date;
  const time = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(day) : NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day) ? day : null;
}

/** Reflectance of a cell, NaN where it is empty or, as in a scene, 0; null where it is no finite decimal number. */
function reflectanceOf(text: string): number | null {
  if (text === '') return NaN;
  if (!/^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  return value === 0 ? NaN : value * tableScale;
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
