import { sweepRings } from './ring-sweep.ts';

export type Position = [number, number];

/** Unsigned area of a closed ring by the shoelace formula, in the square of its unit. */
export function ringArea(ring: readonly Position[]): number {
  let twice = 0;
  for (let i = 1; i < ring.length; i++) twice += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return Math.abs(twice) / 2;
}

/** A place where a closed ring touches or crosses itself, or null where it does not. */
export function ringCrossing(ring: readonly Position[]): Position | null {
  const isPoint = ring.every(([x, y]) => x === ring[0][0] && y === ring[0][1]);
  return isPoint ? ring[0] : sweepRings([ring]);
}

/** What keeps positions from being a ring, in words for whoever drew them: it is open, or crosses itself; else null. */
export function ringProblem(ring: readonly Position[]): string | null {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  if (first[0] !== last[0] || first[1] !== last[1])
    return `a ring of the polygon is open: it ends at ${last.join(', ')}, not where it began (${first.join(', ')})`;
  const crossing = ringCrossing(ring);
  return crossing && `a ring of the polygon crosses itself near ${shown(crossing)}`;
}

/** What keeps rings that are sound by themselves from being the shell and the holes of one polygon; else null. */
export function ringsProblem(rings: readonly (readonly Position[])[]): string | null {
  const crossing = rings.length > 1 ? sweepRings(rings) : null;
  return crossing && `two rings of the polygon, its shell or its holes, cross each other near ${shown(crossing)}`;
}

const shown = ([lon, lat]: Position) => `${lon.toFixed(5)}, ${lat.toFixed(5)}`;
