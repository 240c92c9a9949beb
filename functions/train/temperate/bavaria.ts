import { dekadIndex, seasonByName, seasonDekads } from '#shared/domain/season.ts';
import { groupRows, type Row } from '../delimited-table.ts';
import { classOfLabel, type LabelMapping } from '../label-mapping.ts';
import { emptyComposites, placeDekad, reflectances, type LabelledSeries } from '../labelled-series.ts';

/** The part of a field's GeoJSON properties that is used. */
export interface Field {
  field_id: string;
  crop: string;
  lat: number;
  lon: number;
}

/** Field means by acquisition date. */
export interface FieldTable {
  source: string;
  year: number;
  mapping: LabelMapping;
  /** Dates on which more than this share of the field is cloudy are left out. */
  maxCloud: number;
}

const season = seasonByName('northern-summer');

/** The labelled series of fields: per dekad the median of the clear dates' field means. */
export function readFieldTable(table: FieldTable, fields: readonly Field[], rows: readonly Row[]): LabelledSeries[] {
  const classOf = classOfLabel(table.mapping);
  const dates = groupRows(rows, 'field_id');
  return fields.flatMap((field): LabelledSeries[] => {
    const className = classOf(field.crop);
    if (className === null) return [];
    const composites = fieldComposites(table, dates.get(field.field_id) ?? []);
    const { field_id: id, lat, lon } = field;
    return [{ id, source: table.source, lat, lon, className, cadence: 'dekadal', composites }];
  });
}

function fieldComposites(table: FieldTable, rows: readonly Row[]): Float32Array {
  const observations: Float32Array[][] = Array.from({ length: seasonDekads }, () => []);
  for (const row of rows) {
    const dekad = dekadIndex(season, table.year, row.date);
    const values = reflectances(row);
    const clear = row.cloud !== '' && Number(row.cloud) <= table.maxCloud;
    if (dekad !== null && values !== null && clear) observations[dekad].push(values);
  }
  const composites = emptyComposites();
  observations.forEach((ofDekad, dekad) => placeDekad(composites, dekad, ofDekad));
  return composites;
}
