import { escapeXml } from '#shared/raster/pam.ts';
import { mediaTypes, tileFormats } from './encode-tile.ts';
import { layerLink, tileLink, type LinkBase } from './layer-links.ts';
import type { Bounds } from './source-bounds.ts';
import { maxZoomOf, type DescribedLayer } from './tile-json.ts';
import { tileMatrixSets, tilePixels, type TileMatrixSet } from './tile-matrix-set.ts';

const xml = escapeXml;

function matrix(set: TileMatrixSet, zoom: number): string {
  return `<TileMatrix>
<ows:Identifier>${zoom}</ows:Identifier>
<ScaleDenominator>${set.scaleDenominator / 2 ** zoom}</ScaleDenominator>
<TopLeftCorner>${set.topLeft.join(' ')}</TopLeftCorner>
<TileWidth>${tilePixels}</TileWidth>
<TileHeight>${tilePixels}</TileHeight>
<MatrixWidth>${set.tilesAcross * 2 ** zoom}</MatrixWidth>
<MatrixHeight>${2 ** zoom}</MatrixHeight>
</TileMatrix>`;
}

const zooms = (set: TileMatrixSet, layer: DescribedLayer) =>
  Array.from({ length: maxZoomOf(set, layer) + 1 }, (_, zoom) => zoom);

const matrixSet = (set: TileMatrixSet, layer: DescribedLayer): string => `<TileMatrixSet>
<ows:Identifier>${set.id}</ows:Identifier>
<ows:SupportedCRS>${set.epsg === 3857 ? 'urn:ogc:def:crs:EPSG::3857' : 'urn:ogc:def:crs:OGC:1.3:CRS84'}</ows:SupportedCRS>
<WellKnownScaleSet>http://www.opengis.net/def/wkss/OGC/1.0/${set.epsg === 3857 ? 'GoogleMapsCompatible' : 'GoogleCRS84Quad'}</WellKnownScaleSet>
${zooms(set, layer)
  .map((zoom) => matrix(set, zoom))
  .join('\n')}
</TileMatrixSet>`;

function limits(set: TileMatrixSet, zoom: number, [west, south, east, north]: Bounds): string {
  const tile = (share: number, count: number) => Math.min(count - 1, Math.max(0, Math.floor(share * count)));
  const [columns, rows] = [set.tilesAcross * 2 ** zoom, 2 ** zoom];
  return `<TileMatrixLimits>
<TileMatrix>${zoom}</TileMatrix>
<MinTileRow>${tile(set.down(north), rows)}</MinTileRow>
<MaxTileRow>${tile(set.down(south), rows)}</MaxTileRow>
<MinTileCol>${tile(set.across(west), columns)}</MinTileCol>
<MaxTileCol>${tile(set.across(east), columns)}</MaxTileCol>
</TileMatrixLimits>`;
}

const setLink = (set: TileMatrixSet, layer: DescribedLayer): string => `<TileMatrixSetLink>
<TileMatrixSet>${set.id}</TileMatrixSet>
<TileMatrixSetLimits>
${zooms(set, layer)
  .map((zoom) => limits(set, zoom, layer.bounds))
  .join('\n')}
</TileMatrixSetLimits>
</TileMatrixSetLink>`;

function resources(layer: DescribedLayer, base: LinkBase): string {
  const template = { set: '{TileMatrixSet}', z: '{TileMatrix}', x: '{TileCol}', y: '{TileRow}' };
  return tileFormats
    .map((format) => {
      const address = xml(tileLink(base, layer.id, { ...template, format }));
      return `<ResourceURL format="${mediaTypes[format]}" resourceType="tile" template="${address}"/>`;
    })
    .join('\n');
}

/**
 * WMTS 1.0.0 capabilities (OGC 07-057r7) of one layer in both tile matrix sets, with RESTful tile addresses and the
 * scale sets' own names, which GDAL and QGIS open as they are.
 */
export function wmtsCapabilities(layer: DescribedLayer, base: LinkBase): string {
  const [west, south, east, north] = layer.bounds;
  return `<?xml version="1.0" encoding="UTF-8"?>
<Capabilities xmlns="http://www.opengis.net/wmts/1.0" xmlns:ows="http://www.opengis.net/ows/1.1" xmlns:xlink="http://www.w3.org/1999/xlink" version="1.0.0">
<ows:ServiceIdentification>
<ows:Title>GeoCrop: ${xml(layer.title)}</ows:Title>
<ows:ServiceType>OGC WMTS</ows:ServiceType>
<ows:ServiceTypeVersion>1.0.0</ows:ServiceTypeVersion>
<ows:AccessConstraints>${xml(layer.attribution)}</ows:AccessConstraints>
</ows:ServiceIdentification>
<Contents>
<Layer>
<ows:Title>${xml(layer.title)}</ows:Title>
<ows:WGS84BoundingBox>
<ows:LowerCorner>${west} ${south}</ows:LowerCorner>
<ows:UpperCorner>${east} ${north}</ows:UpperCorner>
</ows:WGS84BoundingBox>
<ows:Identifier>${xml(layer.id)}</ows:Identifier>
<Style isDefault="true">
<ows:Identifier>default</ows:Identifier>
<LegendURL format="image/png" xlink:href="${xml(layerLink(base, layer.id, 'legend.png'))}"/>
</Style>
${tileFormats.map((format) => `<Format>${mediaTypes[format]}</Format>`).join('\n')}
${tileMatrixSets.map((set) => setLink(set, layer)).join('\n')}
${resources(layer, base)}
</Layer>
${tileMatrixSets.map((set) => matrixSet(set, layer)).join('\n')}
</Contents>
<ServiceMetadataURL xlink:href="${xml(layerLink(base, layer.id, 'wmts'))}"/>
</Capabilities>
`;
}
