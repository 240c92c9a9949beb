import type { LayerClass } from './baseline-catalog.ts';
import { classTable, colourOf, confidenceStops, confidenceTable, type ColourTable } from './colours.ts';

export const layerTypes = ['class', 'confidence', 'rgb'] as const;
export type LayerType = (typeof layerTypes)[number];

/** What a layer shows, as a legend needs it. */
export interface Legible {
  id: string;
  title: string;
  type: LayerType;
  /** Empty for what is no class layer. */
  classes: readonly LayerClass[];
  /** Sample value without data; null where there is none. */
  nodata: number | null;
}

export interface LegendEntry {
  /** Sample value: a class, or confidence in percent. */
  value: number;
  name: string;
  title: string;
  color: string;
}

export interface Legend {
  layer: string;
  type: LayerType;
  /** Of a class layer its classes; of confidence the stops between which colours are mixed; of a scene none. */
  entries: LegendEntry[];
}

/** The colours of a layer's tiles; null for a layer in true colour. */
export function tableOf({ type, classes, nodata }: Legible): ColourTable | null {
  if (type === 'rgb') return null;
  return type === 'class' ? classTable(classes, nodata) : confidenceTable();
}

/** The legend of a layer, made from the very table that its tiles are coloured by. */
export function legendOf(layer: Legible): Legend {
  const table = tableOf(layer);
  const stops = confidenceStops.map(({ value, title }) => ({ value, title, name: `confidence_${value}` }));
  const entries = layer.type === 'class' ? layer.classes : stops;
  const drawn = table ? entries.map((entry) => ({ ...entry, color: colourOf(table, entry.value) })) : [];
  return {
    layer: layer.id,
    type: layer.type,
    entries: drawn.flatMap(({ value, name, title, color }) => (color === null ? [] : [{ value, name, title, color }])),
  };
}
