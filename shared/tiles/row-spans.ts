import type { Position } from '#shared/domain/ring.ts';

/** Pixels of a row: the first and the last column. */
export type Span = [number, number];

/** A polygon's rings in pixels of a level: [column, row] of the outer corner of a pixel is a whole number. */
export type PixelRings = readonly (readonly Position[])[];

/** Rows whose centre line an edge crosses: from the first up to the second, which it does not. */
const rowsOf = (a: Position, b: Position): [number, number] => [
  Math.ceil(Math.min(a[1], b[1]) - 0.5),
  Math.ceil(Math.max(a[1], b[1]) - 0.5),
];

/** A polygon with the rows whose centre lines it crosses: from the first up to the second, which it does not. */
export interface PlacedPolygon {
  rings: PixelRings;
  from: number;
  to: number;
}

export function placed(rings: PixelRings): PlacedPolygon {
  let [from, to] = [Infinity, -Infinity];
  for (const [a, b] of edges(rings)) {
    const [first, end] = rowsOf(a, b);
    from = Math.min(from, first);
    to = Math.max(to, end);
  }
  return { rings, from, to };
}

function* edges(rings: PixelRings): Generator<[Position, Position]> {
  for (const ring of rings) for (let i = 1; i < ring.length; i++) yield [ring[i - 1], ring[i]];
}

/** How many crossings of edges with rows there are between two rows: what scanning costs. */
export function countCrossings(polygons: readonly PixelRings[], from: number, to: number): number {
  let count = 0;
  for (const rings of polygons)
    for (const [a, b] of edges(rings)) {
      const [first, end] = rowsOf(a, b);
      count += Math.max(0, Math.min(end, to) - Math.max(first, from));
    }
  return count;
}

function addCrossings(crossings: number[][], rings: PixelRings, from: number, to: number): void {
  for (const [a, b] of edges(rings)) {
    const [first, end] = rowsOf(a, b);
    const slope = (b[0] - a[0]) / (b[1] - a[1]);
    for (let row = Math.max(first, from); row < Math.min(end, to); row++)
      crossings[row - from].push(a[0] + slope * (row + 0.5 - a[1]));
  }
}

/** The pixels whose centre lies between two crossings, the borders included as in the masks of jobs. */
function spansOf(crossings: number[], spans: Span[]): void {
  crossings.sort((p, q) => p - q);
  for (let i = 0; i + 1 < crossings.length; i += 2) {
    const span: Span = [Math.ceil(crossings[i] - 0.5), Math.floor(crossings[i + 1] - 0.5)];
    if (span[1] >= span[0]) spans.push(span);
  }
}

function merged(spans: Span[]): Span[] {
  const union: Span[] = [];
  for (const [first, last] of spans.sort((p, q) => p[0] - q[0])) {
    const open = union.at(-1);
    if (open && first <= open[1] + 1) open[1] = Math.max(open[1], last);
    else union.push([first, last]);
  }
  return union;
}

/**
 * The pixels of the rows from `from` up to `to` whose centre lies in any of the polygons, row by row: spans that do not
 * overlap, from west to east. Inside is by the even-odd rule of each polygon's rings, so that holes are holes.
 */
export function rowSpans(polygons: readonly PlacedPolygon[], from: number, to: number): Span[][] {
  const spans: Span[][] = Array.from({ length: to - from }, () => []);
  for (const polygon of polygons) {
    const [first, end] = [Math.max(from, polygon.from), Math.min(to, polygon.to)];
    if (end <= first) continue;
    const crossings: number[][] = Array.from({ length: end - first }, () => []);
    addCrossings(crossings, polygon.rings, first, end);
    crossings.forEach((row, i) => spansOf(row, spans[first - from + i]));
  }
  return spans.map(merged);
}
