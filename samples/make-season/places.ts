import { chunkMetres, chunksExtent, windowBox, type Box, type ChunkId, type GridWindow } from '#shared/domain/grid.ts';
import { fromUtm, toUtm, utmOfEpsg } from '#shared/domain/utm.ts';
import type { SeasonParameters } from './options.ts';

/** One of the two MGRS tiles: its name and its box in its own CRS, a multiple of 20 m. */
export interface Tile {
  mgrs: string;
  epsg: number;
  box: Box;
}

export interface Places {
  chunks: ChunkId[];
  /** The chunks' extent in the grid of the western tile. */
  window: GridWindow;
  tiles: Tile[];
}

const west = { mgrs: '31UGS', epsg: 32631 };
const east = { mgrs: '32UKB', epsg: 32632 };
/** The chunk that holds 5.96 E 50.75 N. */
const home = { col: 138, row: 1099 };
/** How far the scenes reach beyond the chunks, and how far the tiles overlap at least, metres. */
const margin = 640;
const overlap = 400;

/** Moves a position between two UTM zones. */
export function reproject(from: number, to: number, x: number, y: number): [number, number] {
  const [source, target] = [utmOfEpsg(from), utmOfEpsg(to)];
  if (!source || !target) throw new Error(`EPSG:${from} and EPSG:${to} are not both UTM`);
  return from === to ? [x, y] : toUtm(target, ...fromUtm(source, x, y));
}

/** Points along the edges of a box, so that a curved edge stays inside their hull. */
export function outline([minX, minY, maxX, maxY]: Box, steps = 8): [number, number][] {
  const corners: [number, number][] = [
    [minX, minY],
    [maxX, minY],
    [maxX, maxY],
    [minX, maxY],
  ];
  return corners.flatMap(([x, y], i) => {
    const [toX, toY] = corners[(i + 1) % 4];
    return Array.from({ length: steps }, (_, s): [number, number] => [
      x + ((toX - x) * s) / steps,
      y + ((toY - y) * s) / steps,
    ]);
  });
}

function boxIn(from: number, to: number, box: Box): Box {
  const points = outline(box).map(([x, y]) => reproject(from, to, x, y));
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const down = (value: number) => Math.floor(value / 20) * 20;
  const up = (value: number) => Math.ceil(value / 20) * 20;
  return [down(Math.min(...xs)), down(Math.min(...ys)), up(Math.max(...xs)), up(Math.max(...ys))];
}

function chunkIds({ chunksX, chunksY }: SeasonParameters): ChunkId[] {
  const [firstCol, firstRow] = [home.col - Math.floor(chunksX / 2), home.row - Math.floor(chunksY / 2)];
  return Array.from({ length: chunksX * chunksY }, (_, i) => ({
    epsg: west.epsg,
    col: firstCol + (i % chunksX),
    row: firstRow + chunksY - 1 - Math.floor(i / chunksX),
  }));
}

/** Where everything lies: the western tile covers about 60 % of the chunks' width, the eastern one the rest. */
export function placeSeason(parameters: SeasonParameters): Places {
  const chunks = chunkIds(parameters);
  const window = chunksExtent(chunks);
  const [minX, minY, maxX, maxY] = windowBox(window);
  const split = Math.round((minX + 0.6 * parameters.chunksX * chunkMetres) / 20) * 20;
  const [bottom, top] = [minY - margin, maxY + margin];
  const westBox: Box = [minX - margin, bottom, split + overlap / 2, top];
  const eastBox = boxIn(west.epsg, east.epsg, [split - overlap / 2, bottom, maxX + margin, top]);
  return {
    chunks,
    window,
    tiles: [
      { ...west, box: westBox },
      { ...east, box: eastBox },
    ],
  };
}
