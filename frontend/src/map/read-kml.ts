import GeoJSON from 'ol/format/GeoJSON.js';
import type { AoiLimits } from '#shared/domain/check-aoi.ts';
import { AreaFileError } from './area-file-error.ts';
import { areaOfPolygons, polygonsIn } from './area-polygons.ts';
import type { AreaGeojson } from './types.ts';

/** The page's own parser works while nothing else does. */
export const maxKmlChars = 5_000_000;

/** Refuses what no KML needs and what makes parsers do too much. */
export function checkKml(text: string): void {
  if (text.length > maxKmlChars) throw new AreaFileError('areaFile.tooLarge', { mb: maxKmlChars / 1e6 });
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new AreaFileError('areaFile.notKml');
}

/** The area of a KML document; links to other documents are not followed. */
export async function readKml(text: string, limits: AoiLimits): Promise<AreaGeojson> {
  checkKml(text);
  const { default: KML } = await import('ol/format/KML.js');
  const document = new DOMParser().parseFromString(text, 'application/xml');
  if (document.querySelector('parsererror') || document.documentElement.localName !== 'kml')
    throw new AreaFileError('areaFile.notKml');
  const features = new KML({ extractStyles: false }).readFeatures(document);
  const collection: unknown = new GeoJSON().writeFeaturesObject(features);
  return areaOfPolygons(polygonsIn(collection), limits);
}
