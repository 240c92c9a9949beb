export type Position = [number, number];

/** Unsigned area of a closed ring by the shoelace formula, in the square of its unit. */
export function ringArea(ring: readonly Position[]): number {
  let twice = 0;
  for (let i = 1; i < ring.length; i++) twice += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return Math.abs(twice) / 2;
}

const side = (a: Position, b: Position, p: Position) =>
  Math.sign((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]));

const within = (a: Position, b: Position, p: Position) =>
  Math.min(a[0], b[0]) <= p[0] &&
  p[0] <= Math.max(a[0], b[0]) &&
  Math.min(a[1], b[1]) <= p[1] &&
  p[1] <= Math.max(a[1], b[1]);

function segmentsMeet(a: Position, b: Position, c: Position, d: Position): boolean {
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  if (s1 !== s2 && s3 !== s4 && s1 * s2 <= 0 && s3 * s4 <= 0 && !(s1 === 0 && s2 === 0)) return true;
  if (s1 === 0 && within(a, b, c)) return true;
  if (s2 === 0 && within(a, b, d)) return true;
  return (s3 === 0 && within(c, d, a)) || (s4 === 0 && within(c, d, b));
}

/** Whether two neighbouring segments a-b, b-c fold back over one another. */
const foldsBack = (a: Position, b: Position, c: Position) =>
  side(a, b, c) === 0 && (a[0] - b[0]) * (c[0] - b[0]) + (a[1] - b[1]) * (c[1] - b[1]) > 0;

/**
 * A place where a closed ring touches or crosses itself, or null where it does not. Segments are swept by their
 * western end; of those that overlap in x, only the ones that overlap in y are compared, so that 10,000 vertices take a
 * fraction of a second whatever their shape.
 */
export function ringCrossing(ring: readonly Position[]): Position | null {
  const points = ring.filter((point, i) => i === 0 || point[0] !== ring[i - 1][0] || point[1] !== ring[i - 1][1]);
  const count = points.length - 1;
  if (count < 3) return points[0];
  const { west, south, east, north } = segmentBoxes(points, count);
  const order = Uint32Array.from({ length: count }, (_, i) => i).sort((p, q) => west[p] - west[q]);
  const active = new Uint32Array(count);
  let open = 0;
  for (const i of order) {
    let kept = 0;
    for (let at = 0; at < open; at++) {
      const j = active[at];
      if (east[j] < west[i]) continue;
      active[kept++] = j;
      if (north[j] >= south[i] && south[j] <= north[i] && conflict(points, count, i, j)) return points[i];
    }
    active[kept] = i;
    open = kept + 1;
  }
  return null;
}

/** Bounding boxes of the segments between neighbouring points. */
function segmentBoxes(points: readonly Position[], count: number) {
  const side = (axis: 0 | 1, pick: (a: number, b: number) => number) =>
    Float64Array.from({ length: count }, (_, i) => pick(points[i][axis], points[i + 1][axis]));
  return { west: side(0, Math.min), south: side(1, Math.min), east: side(0, Math.max), north: side(1, Math.max) };
}

function conflict(points: readonly Position[], count: number, i: number, j: number): boolean {
  const [low, high] = i < j ? [i, j] : [j, i];
  if (high - low === 1) return foldsBack(points[low], points[high], points[high + 1]);
  if (low === 0 && high === count - 1) return foldsBack(points[high], points[0], points[1]);
  return segmentsMeet(points[i], points[i + 1], points[j], points[j + 1]);
}

/** What keeps positions from being a ring, in words for whoever drew them: it is open, or crosses itself; else null. */
export function ringProblem(ring: readonly Position[]): string | null {
  const [first, last] = [ring[0], ring[ring.length - 1]];
  if (first[0] !== last[0] || first[1] !== last[1])
    return `a ring of the polygon is open: it ends at ${last.join(', ')}, not where it began (${first.join(', ')})`;
  const crossing = ringCrossing(ring);
  return crossing && `a ring of the polygon crosses itself near ${crossing[0].toFixed(5)}, ${crossing[1].toFixed(5)}`;
}
