import { dekadIndex, seasonByName } from '#shared/domain/season.ts';
import { groupRows, type Row } from '../delimited-table.ts';
import { classOfLabel, type LabelMapping } from '../label-mapping.ts';
import {
  emptyComposites,
  middleDekad,
  placeDekad,
  reflectances,
  type Cadence,
  type LabelledSeries,
} from '../labelled-series.ts';

/** What has to be known of a table of composites (one row per sample and composite date) to read it. */
export interface CompositeTable {
  source: string;
  cadence: Cadence;
  year: number;
  mapping: LabelMapping;
  /** The label that the mapping knows. */
  labelOf: (row: Row) => string;
}

const season = seasonByName('northern-summer');

/** The labelled series of a table; samples whose label is excluded are left out. */
export function readCompositeTable(table: CompositeTable, rows: readonly Row[]): LabelledSeries[] {
  const classOf = classOfLabel(table.mapping);
  return Array.from(groupRows(rows, 'sample_id'), ([id, samples]) => {
    const className = classOf(table.labelOf(samples[0]));
    return className === null ? null : toSeries(table, id, className, samples);
  }).filter((series) => series !== null);
}

function toSeries(table: CompositeTable, id: string, className: string, rows: readonly Row[]): LabelledSeries {
  const composites = emptyComposites();
  for (const row of rows) {
    const dekad = dekadOf(table, row.date);
    const values = reflectances(row);
    if (dekad !== null && values !== null) placeDekad(composites, dekad, [values]);
  }
  const { source, cadence } = table;
  return { id, source, lat: Number(rows[0].lat), lon: Number(rows[0].lon), className, cadence, composites };
}

/** Dekad of a composite's date: `YYYY-MM-DD` is its first day, `YYYY-MM` a month; null outside the season. */
function dekadOf(table: CompositeTable, date: string): number | null {
  if (table.cadence === 'dekadal') return dekadIndex(season, table.year, date);
  const firstDekad = dekadIndex(season, table.year, `${date}-01`);
  return firstDekad === null ? null : middleDekad(firstDekad / 3);
}
