import type { Report } from '#shared/domain/report.ts';
import { dekadIndex, seasonByName, seasonDekads, seasonWindow } from '#shared/domain/season.ts';

export interface SeenScene {
  id: string;
  datetime: string;
  cloudCover: number | null;
  /** Of the area's pixels, 0 to 1: those that this scene showed without cloud. */
  validShare: number;
}

export interface Completeness {
  /** For each third of a month the best valid share of its scenes; null where it has no scene. */
  dekads: (number | null)[];
  seenDekads: number;
  scenes: SeenScene[];
  skipped: { id: string; reason: string }[];
  meanCloud: number | null;
  start: string;
}

const mean = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;

/** What a report says of the scenes that a season should have and had. */
export function completenessOf({ request, scenes, pixels }: Report): Completeness {
  const season = seasonByName(request.season);
  const seen = scenes.used.map(({ id, datetime, cloudCover, validPixels }) => ({
    id,
    datetime,
    cloudCover,
    // Pixels round the area that smoothing needs count as well.
    validShare: Math.min(1, validPixels / Math.max(1, pixels.total)),
  }));
  const dekads: (number | null)[] = Array.from({ length: seasonDekads }, () => null);
  for (const { datetime, validShare } of seen) {
    const dekad = dekadIndex(season, request.year, datetime);
    if (dekad !== null) dekads[dekad] = Math.max(dekads[dekad] ?? 0, validShare);
  }
  return {
    dekads,
    seenDekads: dekads.filter((share) => share !== null && share > 0).length,
    scenes: seen,
    skipped: scenes.skipped,
    meanCloud: mean(seen.flatMap(({ cloudCover }) => (cloudCover === null ? [] : [cloudCover]))),
    start: seasonWindow(season, request.year).start,
  };
}
