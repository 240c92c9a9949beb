import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { openRaster } from '#shared/raster/raster.ts';
import { gdalTest } from '#shared/testing/fixtures/cog/gdal.ts';
import { workFolder } from '#shared/testing/work-folder.ts';
import { blockCache } from './block-cache.ts';
import { rasterSource, type PixelSource } from './pixel-source.ts';
import { planTile, sampleTile } from './sample-tile.ts';
import { countedSource, makeRaster, openSource, warpTiles, type MadeRaster } from './testing/made-raster.ts';
import { tileGrid, tileMatrixSets, type TileAddress, type TileMatrixSet } from './tile-matrix-set.ts';

const folder = workFolder('sample-tile');
const asTheyAre = Uint8Array.from({ length: 256 }, (_, value) => value);
const metres = (epsg: number, origin: [number, number], pixel = 10): MadeRaster => ({
  epsg,
  origin,
  pixel: [pixel, pixel],
  size: [1300, 1100],
  values: [1, 2, 3, 4, 5, 6, 7],
  nodata: 0,
  hole: true,
});
const inDegrees = (origin: [number, number]): MadeRaster => ({
  ...metres(4326, origin),
  pixel: [8.983152841195215e-5, 8.983152841195215e-5],
});

const rasters: [string, MadeRaster, number][] = [
  ['UTM 36 south, Harare', metres(32736, [287_000, 8_030_000]), 14],
  ['UTM 31 north, Flanders', metres(32631, [573_440, 5_626_880]), 14],
  ['UTM 35 south, far from its meridian', metres(32735, [812_000, 7_990_000]), 14],
  ['UTM 60 south, beside the 180th meridian', metres(32760, [802_000, 8_020_000]), 14],
  ['UTM 33 north, far north', metres(32633, [480_000, 7_700_000]), 13],
  ['degrees, Zimbabwe', inDegrees([30.9, -17.7]), 13],
  ['degrees, Normandy', inDegrees([0.3, 49.2]), 13],
  ['Mercator', metres(3857, [3_400_003, -2_010_001], 11.3), 13],
  ['LAEA Europe', metres(3035, [3_900_000, 3_100_000]), 13],
];

/** The tile in the middle of a source and those beside it to the south-east. */
function tilesOf(source: PixelSource, set: TileMatrixSet, z: number): TileAddress[] {
  const [west, south, east, north] = source.bounds;
  const x = Math.floor(set.across((west + east) / 2) * set.tilesAcross * 2 ** z);
  const y = Math.floor(set.down((south + north) / 2) * 2 ** z);
  return [
    { z, x, y },
    { z, x: x + 1, y },
    { z, x, y: y + 1 },
  ];
}

const isUsed = (address: TileAddress, set: TileMatrixSet) => address.x < set.tilesAcross * 2 ** address.z;

describe('pixels are those of gdalwarp -r near -et 0 -ovr NONE', () => {
  for (const [name, made, zoom] of rasters)
    gdalTest(name, async () => {
      const path = join(folder, `${made.epsg}-${made.origin.join('-')}.tif`);
      await makeRaster(path, made);
      const source = await openSource(path);
      const tiles = tileMatrixSets.flatMap((set) =>
        [zoom, zoom + 1, zoom + 3].flatMap((z) =>
          tilesOf(source, set, set.epsg === 3857 ? z : z - 1)
            .filter((address) => isUsed(address, set))
            .map((address) => ({ set, address, size: z === zoom + 1 ? 512 : 256 })),
        ),
      );
      const expected = await warpTiles(path, tiles, 0);
      let [pixels, wrong, shown] = [0, 0, 0];
      for (const [i, { set, address, size }] of tiles.entries()) {
        const grid = tileGrid(set, address, size);
        const plan = planTile(source, grid, source.levels[0]);
        const got = (await sampleTile(source, grid, 1, asTheyAre, plan)) ?? new Uint8Array(size * size);
        pixels += size * size;
        for (let at = 0; at < got.length; at++) {
          if (got[at] !== expected[i][at]) wrong++;
          if (expected[i][at] !== 0) shown++;
        }
      }
      process.stdout.write(`${name}: ${wrong} of ${pixels} pixels differ, ${shown} shown\n`);
      expect(shown).toBeGreaterThan(pixels / 5);
      expect(wrong).toBeLessThanOrEqual(pixels / 10_000);
    });
});

gdalTest('a raster over the 180th meridian shows on both sides of it', async () => {
  const path = join(folder, 'meridian.tif');
  await makeRaster(path, metres(32760, [811_000, 8_020_000]));
  const source = await openSource(path);
  const z = 13;
  const y = Math.floor(tileMatrixSets[0].down(-17.88) * 2 ** z);
  const tiles = [2 ** z - 1, 0].map((x) => ({ set: tileMatrixSets[0], address: { z, x, y }, size: 256 }));
  const expected = await warpTiles(path, tiles, 0);
  for (const [i, { set, address, size }] of tiles.entries()) {
    const grid = tileGrid(set, address, size);
    const got = await sampleTile(source, grid, 1, asTheyAre, planTile(source, grid, source.levels[0]));
    expect(got!.filter((value) => value !== 0).length).toBeGreaterThan(1000);
    expect(got!.filter((value, at) => value !== expected[i][at]).length).toBeLessThanOrEqual(6);
  }
});

describe('levels', () => {
  gdalTest('a tile reads the coarsest level that is not coarser than itself, and only blocks under it', async () => {
    const path = join(folder, 'levels.tif');
    await makeRaster(path, { ...metres(32736, [287_000, 8_036_000]), size: [2600, 2600], values: [1, 2], hole: false });
    const { source: bytes, reads } = countedSource(path);
    const source = await rasterSource(await openRaster(bytes), 'x', blockCache(2 ** 26));
    const set = tileMatrixSets[0];
    const levelAt = (z: number) => {
      const [address] = tilesOf(source, set, z);
      return source.levels.indexOf(planTile(source, tileGrid(set, address, 256))!.level);
    };
    // 10 m pixels at 18 degrees south: 9.1 m a tile's pixel at zoom 14.
    expect([16, 14, 13, 12, 11, 10, 5].map(levelAt)).toEqual([0, 0, 0, 1, 2, 3, 3]);
    reads.length = 0;
    const [address] = tilesOf(source, set, 14);
    const tile = await sampleTile(source, tileGrid(set, address, 256), 1, asTheyAre);
    expect(tile).not.toBeNull();
    expect(reads.length).toBeLessThanOrEqual(4);
    reads.length = 0;
    await sampleTile(source, tileGrid(set, address, 512), 1, asTheyAre);
    expect(reads).toEqual([]);
  });

  gdalTest('a raster without overviews that is too large for a low zoom is refused', async () => {
    const path = join(folder, 'bare.tif');
    await makeRaster(path, {
      ...metres(32736, [280_000, 8_040_000]),
      size: [5000, 5000],
      values: [1],
      overviews: null,
    });
    const source = await openSource(path);
    const set = tileMatrixSets[0];
    const far = sampleTile(source, tileGrid(set, tilesOf(source, set, 5)[0], 256), 1, asTheyAre);
    await expect(far).rejects.toMatchObject({ code: 'too-large' });
    expect(await sampleTile(source, tileGrid(set, tilesOf(source, set, 14)[0], 256), 1, asTheyAre)).not.toBeNull();
  });
});
