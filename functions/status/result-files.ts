/** The files of a result and what they are. */
export const mediaTypes = {
  'map.tif': 'image/tiff; application=geotiff; profile=cloud-optimized',
  'map.tif.aux.xml': 'application/xml',
  'map.png': 'image/png',
  'report.json': 'application/json',
  'item.json': 'application/geo+json',
  'classes.csv': 'text/csv; charset=utf-8',
  'parcels.geojson': 'application/geo+json',
} as const;
export type ResultFile = keyof typeof mediaTypes;
export const resultFiles = Object.keys(mediaTypes) as [ResultFile, ...ResultFile[]];

/** The files that a result links to, by what they hold. */
export const outputs: Record<string, ResultFile> = {
  map: 'map.tif',
  item: 'item.json',
  report: 'report.json',
  picture: 'map.png',
  classes: 'classes.csv',
  parcels: 'parcels.geojson',
};
