import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseItem } from './parse-item.ts';
import type { Scene } from './scene.ts';
import { groupObservations, selectScenes } from './select-scenes.ts';

const web = { address: 'https://stac.example/', root: null };
const load = (name: string): Scene[] => {
  const url = new URL(`../testing/fixtures/stac/${name}.json`, import.meta.url);
  const { features } = JSON.parse(readFileSync(url, 'utf8')) as { features: unknown[] };
  return features.map((item) => parseItem(item, web));
};
const strip = load('site1-20200606-tall-strip-africa');
const season = load('site2-2020_jun_jul-35MNM');
const ids = (scenes: readonly Scene[]) => scenes.map(({ id }) => id);

describe('selectScenes', () => {
  test('nine tiles of one pass and thirteen dates of one tile all stay, in order of time', () => {
    expect(selectScenes(strip).scenes).toHaveLength(9);
    const { scenes, dropped } = selectScenes(season);
    expect(dropped).toEqual([]);
    expect(scenes.map(({ datetime }) => datetime.slice(0, 10))).toEqual([
      '2020-06-01',
      '2020-06-06',
      '2020-06-11',
      '2020-06-16',
      '2020-06-21',
      '2020-06-26',
      '2020-07-01',
      '2020-07-06',
      '2020-07-11',
      '2020-07-16',
      '2020-07-21',
      '2020-07-26',
      '2020-07-31',
    ]);
  });

  const first = season[0];
  const again: Scene = { ...first, id: 'A_reprocessed', baseline: '05.00', created: '2023-01-01T00:00:00.000Z' };

  test('the highest baseline stays, whatever the order and the dates of creation', () => {
    const old = { ...first, created: '2024-01-01T00:00:00.000Z' };
    for (const scenes of [
      [old, again],
      [again, old],
    ]) {
      const selected = selectScenes(scenes);
      expect(ids(selected.scenes)).toEqual(['A_reprocessed']);
      expect(selected.dropped).toEqual([
        { id: first.id, reason: 'another version of A_reprocessed (baseline 02.12 against 05.00)' },
      ]);
    }
  });

  test('of equal baselines the one created last stays; none created comes before any', () => {
    const later = { ...again, id: 'A_0', created: '2023-01-02T00:00:00.000Z' };
    const unknown = { ...again, id: 'Z_9', created: null };
    expect(ids(selectScenes([again, later, unknown]).scenes)).toEqual(['A_0']);
  });

  test('another tile, satellite or moment is no version, nor is a scene without a tile', () => {
    const others: Partial<Scene>[] = [
      { tile: '35MNN' },
      { platform: 'sentinel-2c' },
      { datetime: '2020-07-31T08:06:26.024Z' },
      { tile: null },
    ];
    for (const other of others) expect(selectScenes([first, { ...first, id: 'X', ...other }]).scenes).toHaveLength(2);
    expect(
      selectScenes([first, { ...first, id: 'X', tile: null }].map((s) => ({ ...s, tile: null }))).scenes,
    ).toHaveLength(2);
  });
});

describe('groupObservations', () => {
  test('a pass is one observation, its tiles by id', () => {
    const groups = groupObservations(strip);
    expect(groups).toHaveLength(1);
    expect(ids(groups[0])).toEqual(ids(strip).sort());
  });

  test('dates stay apart, in order of time', () => {
    const groups = groupObservations(season);
    expect(groups.map((group) => group.length)).toEqual(Array(13).fill(1));
    expect(groups[0][0].datetime).toBe('2020-06-01T08:06:11.024Z');
  });

  test('ten minutes are one observation, more are two, and satellites are never mixed', () => {
    const at = (id: string, datetime: string, platform = 'sentinel-2a'): Scene => ({
      ...season[0],
      id,
      platform,
      datetime: `2020-07-31T${datetime}.000Z`,
    });
    const scenes = [
      at('d', '08:00:00'),
      at('c', '08:10:00'),
      at('b', '08:10:01'),
      at('a', '08:05:00', 'sentinel-2b'),
      at('e', '08:20:01'),
    ];
    expect(groupObservations(scenes).map(ids)).toEqual([['c', 'd'], ['a'], ['b', 'e']]);
  });
});
