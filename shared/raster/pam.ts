import type { Rgba } from './cog-spec.ts';

const notXml =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for an XML element or attribute; a character that XML 1.0 cannot carry becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(notXml, '\ufffd').replace(/[&<>"]/g, (character) => entities[character]);
}

export interface PamBand {
  /** Names by pixel value: index 0 names the value 0. */
  categories: readonly string[];
  /** Colours by pixel value, 0-255; unlike the TIFF's own palette they keep their alpha. */
  palette?: readonly Rgba[] | undefined;
}

function colourTable(palette: readonly Rgba[]): string[] {
  const entry = ([c1, c2, c3, c4]: Rgba) => `      <Entry c1="${c1}" c2="${c2}" c3="${c3}" c4="${c4}" />`;
  return ['    <ColorInterp>Palette</ColorInterp>', '    <ColorTable>', ...palette.map(entry), '    </ColorTable>'];
}

/**
 * The text of a raster's `.aux.xml` side file (GDAL's Persistent Auxiliary Metadata) with the category names of
 * band 1 and, where TIFF tags cannot carry it, its colour table.
 */
export function pamXml({ categories, palette }: PamBand): string {
  return [
    '<PAMDataset>',
    '  <PAMRasterBand band="1">',
    ...(palette ? colourTable(palette) : []),
    '    <CategoryNames>',
    ...categories.map((name) => `      <Category>${escapeXml(name)}</Category>`),
    '    </CategoryNames>',
    '  </PAMRasterBand>',
    '</PAMDataset>',
    '',
  ].join('\n');
}
