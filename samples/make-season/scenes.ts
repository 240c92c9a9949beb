import type { DemoScene } from './demo.ts';
import type { Tile } from './places.ts';

/** One item of the season that is made. */
export interface Scene {
  id: string;
  tile: Tile;
  source: DemoScene;
  datetime: string;
  created: string;
  platform: 'sentinel-2a' | 'sentinel-2b';
  baseline: string;
  /** Number of the pass that it belongs to; scenes of one pass show the same ground alike. */
  pass: number;
  stale: boolean;
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString().replace('.000Z', 'Z');
/** On every sixth date the other platform passes five minutes later. */
const bothPlatforms = (index: number) => index % 6 === 2;
/** On the second date (or the only one) an older processing baseline is left over in the catalog. */
const leftOver = (index: number, dates: number) => index === Math.min(1, dates - 1);

function passScenes(source: DemoScene, tiles: readonly Tile[], pass: number, second: boolean): Scene[] {
  const sensed = Date.parse(source.datetime) + (second ? 300_000 : 0);
  const even = Math.floor(sensed / 86_400_000 / 5) % 2 === 0;
  const platform = even !== second ? 'sentinel-2a' : 'sentinel-2b';
  const day = source.datetime.slice(0, 10);
  return tiles.map((tile, i) => ({
    id: `${platform === 'sentinel-2a' ? 'S2A' : 'S2B'}_${tile.mgrs}_${day.replaceAll('-', '')}_1_L2A`,
    tile,
    source,
    datetime: iso(sensed + i * 4000),
    created: `${day}T20:00:00Z`,
    platform,
    baseline: '02.11',
    pass,
    stale: false,
  }));
}

const older = (scene: Scene): Scene => ({
  ...scene,
  id: scene.id.replace('_1_L2A', '_0_L2A'),
  created: scene.created.replace('T20', 'T15'),
  baseline: '02.07',
  stale: true,
});

/** All items, by date: both tiles of every date, some dates of both platforms, one date of two processing baselines. */
export function planScenes(sources: readonly DemoScene[], tiles: readonly Tile[]): Scene[] {
  return sources.flatMap((source, index) => {
    const first = passScenes(source, tiles, index * 2, false);
    const second = bothPlatforms(index) ? passScenes(source, tiles, index * 2 + 1, true) : [];
    return [...first, ...(leftOver(index, sources.length) ? first.map(older) : []), ...second];
  });
}
