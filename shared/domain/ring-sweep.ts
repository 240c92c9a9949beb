import type { Position } from './ring.ts';
import { side, sweepLine, type Segment } from './sweep-line.ts';

/** From west to east, and from south to north where two lie on one meridian. */
const byPlace = (a: Position, b: Position) => a[0] - b[0] || a[1] - b[1];
const isSame = (a: Position, b: Position) => a[0] === b[0] && a[1] === b[1];

/**
 * Sweeps closed rings from west to east (Shamos and Hoey), keeping the segments that the sweep meets in their order from
 * south to north: only neighbours can cross next, so that 10,000 vertices take a moment however they lie. Two rings may
 * touch or lie on each other; a ring that touches itself, or two that cross between their vertices, end it.
 *
 * @param outline hears the edges of what the rings enclose by the even-odd rule, that area to the left of each
 * @returns a place where it ended, or null
 */
export function sweepRings(
  rings: readonly (readonly Position[])[],
  outline: (from: Position, to: Position) => void = () => {},
): Position | null {
  const segments = rings.flatMap(segmentsOf);
  const line = sweepLine(segments);
  for (const { place, starting } of stopsOf(segments)) {
    const { first, here } = line.at(place);
    here.forEach(({ since }, i) => ((first + i) % 2 === 0 ? outline(since, place) : outline(place, since)));
    const passing = here.filter(({ right }) => !isSame(right, place));
    for (const segment of passing) segment.since = place;
    const leaving = [...passing, ...starting].sort((s, t) => -side(place, s.right, t.right));
    if (passing.length > 1 || meetsItself([...here, ...starting], passing) || foldsBack(place, leaving)) return place;
    line.replace(first, here.length, leaving);
    const [south, north] = [line.get(first - 1), line.get(first + leaving.length)];
    const crossing = crossingOf(south, leaving[0] ?? north) ?? crossingOf(leaving.at(-1), north);
    if (crossing) return crossing;
  }
  // What does not leave where it ends was out of order: too close to another for its numbers.
  return line.get(0)?.left ?? null;
}

function segmentsOf(positions: readonly Position[], ring: number): Segment[] {
  return positions.slice(1).flatMap((b, i) => {
    const a = positions[i];
    if (isSame(a, b)) return [];
    const [left, right] = byPlace(a, b) < 0 ? [a, b] : [b, a];
    return [{ ring, left, right, since: left }];
  });
}

/** The vertices in the order of the sweep, each with the segments that start there. */
function* stopsOf(segments: readonly Segment[]): Generator<{ place: Position; starting: Segment[] }> {
  const starts = segments.toSorted((s, t) => byPlace(s.left, t.left));
  const places = segments.flatMap(({ left, right }) => [left, right]).sort(byPlace);
  let next = 0;
  for (const [i, place] of places.entries()) {
    if (i > 0 && isSame(place, places[i - 1])) continue;
    const from = next;
    while (next < starts.length && isSame(starts[next].left, place)) next++;
    yield { place, starting: starts.slice(from, next) };
  }
}

/** Whether a ring has more at a place than one of its vertices, or one of its segments that passes. */
function meetsItself(segments: readonly Segment[], passing: readonly Segment[]): boolean {
  const counts = new Map<number, number>();
  for (const { ring } of [...segments, ...passing]) counts.set(ring, (counts.get(ring) ?? 0) + 1);
  return [...counts.values()].some((count) => count > 2);
}

/** Whether two segments of one ring leave a place the same way. */
const foldsBack = (place: Position, leaving: readonly Segment[]): boolean =>
  leaving.some((s, i) => {
    const t = leaving[i + 1];
    return t !== undefined && s.ring === t.ring && side(place, s.right, t.right) === 0;
  });

/** An end of a segment that another crosses between its own ends. */
function crossingOf(s: Segment | undefined, t: Segment | undefined): Position | null {
  if (!s || !t) return null;
  const isParted = (a: Segment, b: Segment) => side(a.left, a.right, b.left) * side(a.left, a.right, b.right) < 0;
  return isParted(s, t) && isParted(t, s) ? t.left : null;
}
