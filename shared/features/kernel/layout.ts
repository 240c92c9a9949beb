import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount } from '../feature-names.ts';

/** A pixel with fewer present dekads than this is no data in every output. */
export const minDekads = 3;

/**
 * Pixels that pass through the kernel at once. Their composites (1.3 MiB) stay near; fewer of them would do in the
 * second-level cache, but then the pieces of each plane are too short for the memory to be read at its pace.
 */
export const blockPixels = 2048;
/** Pixels whose composites lie together: a vector of digital numbers. */
export const groupPixels = 8;
/** The most observations of a dekad that a sorting network is made for. */
export const maxPasses = 12;

const vectorBytes = 16;
const bands = 6;
const indices = 5;

/** Bytes of a dekad of a group: [band][pixel], float32. */
export const dekadBytes = bands * groupPixels * 4;
/** Bytes of a group's composites: [dekad][band][pixel]. */
export const groupBytes = seasonDekads * dekadBytes;

/** A plane of a pass in the staging area: digital numbers as uint16, or classes as bytes. */
export const planeBytes = blockPixels * 2;
/** [band][pixel] digital numbers, then the classes. */
export const passBytes = bands * planeBytes + blockPixels;

let end = 1024;
function area(bytes: number): number {
  const address = end;
  end += Math.ceil(bytes / 64) * 64;
  return address;
}

/** Where everything lies in the kernel's memory, in bytes; what is one value per pixel of a vector takes 16. */
export const layout = {
  constants: area(256 * vectorBytes),
  /** [band] what a digital number is multiplied by, halved; then [band] the offset. */
  scaling: area(2 * bands * vectorBytes),
  /** [index][dekad], with a vector before each that may be read but means nothing. */
  series: area(indices * (seasonDekads + 1) * vectorBytes) + vectorBytes,
  /** [dekad], all bits set where the dekad is present. */
  present: area(seasonDekads * vectorBytes),
  /** [dekad], sums of NDVI up to it. */
  sums: area(seasonDekads * vectorBytes),
  /** [dekad 0..13][even, odd half] of NDVI. */
  halves: area(28 * vectorBytes),
  /** [feature], of four pixels. */
  features: area((featureCount + 1) * vectorBytes),
  /** [group][dekad][band][pixel], float32. */
  composites: area((blockPixels / groupPixels) * groupBytes),
  /** [pixel][feature], float32. */
  out: area(blockPixels * featureCount * 4 + 64),
  /** [pass][plane]. */
  staging: area(maxPasses * passBytes),
};
export const memoryBytes = end;

export const seriesAt = (index: number, dekad: number): number =>
  layout.series + (index * (seasonDekads + 1) + dekad) * vectorBytes;
export const presentAt = (dekad: number): number => layout.present + dekad * vectorBytes;
export const featureAt = (feature: number): number => layout.features + feature * vectorBytes;
