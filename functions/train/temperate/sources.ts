import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTable } from '../delimited-table.ts';
import type { LabelledSeries } from '../labelled-series.ts';
import { readFieldTable, type Field } from './bavaria.ts';
import { readCompositeTable, type CompositeTable } from './composite-tables.ts';
import { bavariaLabels } from './labels-bavaria.ts';
import { canadaLabels } from './labels-canada.ts';
import { franceLabels } from './labels-france.ts';

export const canada: CompositeTable = {
  source: 'canada-2017',
  cadence: 'monthly',
  year: 2017,
  mapping: canadaLabels,
  labelOf: (row) => (row.label === 'Unknown' ? `Unknown/${row.landcover_code}` : row.label),
};

export const france: CompositeTable = {
  source: 'france-2023',
  cadence: 'dekadal',
  year: 2023,
  mapping: franceLabels,
  labelOf: (row) => row.label,
};

export const bavaria = { source: 'bavaria-2018', year: 2018, mapping: bavariaLabels, maxCloud: 0.1 };

/** Every labelled series of the model, read from the folder of the labels. */
export async function readSources(folder: string): Promise<LabelledSeries[]> {
  const table = async (name: string) => readTable(name, await readFile(join(folder, name)));
  const fields = JSON.parse(await readFile(join(folder, 'bavaria-2018-fields.geojson'), 'utf8'));
  const properties = fields.features.map((feature: { properties: Field }) => feature.properties);
  return [
    ...readCompositeTable(canada, await table('canada-2017-monthly.csv.gz')),
    ...readCompositeTable(france, await table('france-2023-dekadal.csv.gz')),
    ...readFieldTable(bavaria, properties, await table('bavaria-2018-s2-l2a-timeseries.csv.gz')),
  ];
}
