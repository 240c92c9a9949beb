import { degreesOfBox } from '#shared/domain/aoi.ts';
import type { Report } from '#shared/domain/report.ts';
import type { PlannedScene } from './stitch-plan.ts';
import { areaGeometry } from './area-geometry.ts';

const extensions = [
  'https://stac-extensions.github.io/projection/v2.0.0/schema.json',
  'https://stac-extensions.github.io/classification/v2.0.0/schema.json',
  'https://stac-extensions.github.io/file/v2.1.0/schema.json',
  'https://stac-extensions.github.io/render/v2.0.0/schema.json',
];

const mediaTypes: Record<string, string> = {
  'map.tif': 'image/tiff; application=geotiff; profile=cloud-optimized',
  'map.tif.aux.xml': 'application/xml',
  'report.json': 'application/json',
  'map.png': 'image/png',
};
const roles: Record<string, string[]> = {
  'map.tif': ['data'],
  'map.tif.aux.xml': ['metadata'],
  'report.json': ['metadata'],
  'map.png': ['overview'],
};

/** Multihash of a SHA-256, as the file extension wants it. */
const multihash = (sha256: string) => `1220${sha256}`;

/** The STAC item of a finished map: where it lies, what its values mean and which scenes it was derived from. */
export function stacItem(report: Report, scenes: readonly PlannedScene[], id: string) {
  const { request, model, grid } = report;
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: extensions,
    id,
    geometry: areaGeometry(request.aoi),
    bbox: degreesOfBox(grid.epsg, grid.bounds),
    properties: {
      title: `Crop map, ${request.season} ${request.year}`,
      description: `${model!.title}. ${report.outsideModel ? 'The area lies outside the region that the model was made for. ' : ''}Contains modified Copernicus Sentinel data ${request.year}.`,
      datetime: null,
      start_datetime: `${request.start}T00:00:00Z`,
      end_datetime: `${request.end}T23:59:59Z`,
      created: report.created,
      gsd: grid.pixelSize,
      'proj:code': `EPSG:${grid.epsg}`,
      'proj:shape': [grid.height, grid.width],
      'proj:transform': [grid.pixelSize, 0, grid.bounds[0], 0, -grid.pixelSize, grid.bounds[3]],
      'geocrop:model': `${model!.name} ${model!.version}`,
      'geocrop:kernel': report.product.kernel,
      'geocrop:outside_model': report.outsideModel,
      'geocrop:pixels': report.pixels,
      renders: { class: { title: 'Crop classes', assets: ['map'], bidx: [1], nodata: 0, colormap: colormap(report) } },
    },
    links: scenes.map((scene) => ({
      rel: 'derived_from',
      href: linkable(scene.href),
      type: 'application/geo+json',
      title: scene.id,
    })),
    assets: Object.fromEntries(report.files.map((file) => [assetKey(file.name), asset(file, report)])),
  };
}

const assetKey = (name: string) =>
  ({ 'map.tif': 'map', 'map.tif.aux.xml': 'aux', 'report.json': 'report', 'map.png': 'picture' })[name] ?? name;

/** A path on the machine that made the map says nothing elsewhere, but it is all that a local catalog has. */
const linkable = (href: string) => (href.startsWith('/') ? `file://${href}` : href);

function asset({ name, bytes, sha256 }: Report['files'][number], report: Report) {
  const common = {
    href: `./${name}`,
    type: mediaTypes[name] ?? 'application/octet-stream',
    roles: roles[name] ?? ['metadata'],
    'file:size': bytes,
    'file:checksum': multihash(sha256),
  };
  return name === 'map.tif' ? { ...common, bands: mapBands(report) } : common;
}

const mapBands = (report: Report) => [
  {
    name: 'class',
    description: 'Crop class, 0 = no data',
    data_type: 'uint8',
    nodata: 0,
    'classification:classes': [
      { value: 0, name: 'nodata', title: 'No data', nodata: true },
      ...report.classes.map(({ value, name, title, color }) => ({
        value,
        name,
        title,
        color_hint: color.slice(1).toUpperCase(),
      })),
    ],
  },
  {
    name: 'confidence',
    description: 'Probability of the class, percent; 0 = no data',
    data_type: 'uint8',
    nodata: 0,
    unit: '%',
  },
];

function colormap(report: Report): Record<string, number[]> {
  const rgba = (color: string) => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16)).concat(255);
  return Object.fromEntries(report.classes.map(({ value, color }) => [String(value), rgba(color)]));
}
