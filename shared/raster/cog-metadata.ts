import type { CogSpec } from './cog-spec.ts';
import { escapeXml } from './pam.ts';

// GDAL unescapes a value once more after parsing the XML, so values are escaped twice, as its own files have them.
const item = (name: string, value: string, attributes = '') =>
  `  <Item name="${escapeXml(name)}"${attributes}>${escapeXml(escapeXml(value))}</Item>\n`;

/**
 * The GDAL_METADATA tag (42112): items of the file, then of each band (`sample` counts from 0), the band's name as its
 * description. Items keep the order in which they were given.
 */
export function gdalMetadata({ bands, metadata = {} }: CogSpec): string {
  let xml = '<GDALMetadata>\n';
  for (const [name, value] of Object.entries(metadata)) xml += item(name, value);
  bands.forEach((band, sample) => {
    for (const [name, value] of Object.entries(band.items ?? {})) xml += item(name, value, ` sample="${sample}"`);
    xml += item('DESCRIPTION', band.name, ` sample="${sample}" role="description"`);
  });
  return `${xml}</GDALMetadata>\n`;
}
