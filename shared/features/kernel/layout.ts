import { seasonDekads } from '#shared/domain/season.ts';
import { featureCount } from '../feature-names.ts';

/** A pixel with fewer present dekads than this is no data in every output. */
export const minDekads = 3;

/** Pixels that pass through the kernel at once: their composites (0.63 MiB) stay in the second-level cache. */
export const blockPixels = 2048;
/** Pixels whose composites lie together: a vector of digital numbers. */
export const groupPixels = 8;
/** The most observations of a dekad that a sorting network is made for. */
export const maxPasses = 12;

const vectorBytes = 16;
const bands = 6;
const indices = 5;

/** Bytes of a group's medians of a dekad: [band][pixel], uint16. */
export const groupMedians = bands * vectorBytes;
/**
 * Bytes from one dekad of a block's medians to the next; 192 more than they take, so that the 27 dekads of a group,
 * which are read together, do not all lie in one set of the first-level cache.
 */
export const dekadMedians = (blockPixels / groupPixels) * groupMedians + 192;
/**
 * Bytes of a block's medians, [dekad][group][band][pixel]: the sum of the two middle digital numbers as uint16, 0 where
 * nothing was seen.
 */
const blockMedians = seasonDekads * dekadMedians;

/** Bytes of a dekad of a group as reflectance: [band][pixel], float32. */
export const dekadBytes = bands * groupPixels * 4;
/** Bytes of a group's composites as reflectance: [dekad][band][pixel]. */
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
  /** [dekad][band] what the sum of two digital numbers is multiplied by, then [dekad][band] the offset. */
  scaling: area(seasonDekads * 2 * bands * vectorBytes),
  /** All digital numbers of a block's dekad that were the higher of the two middle ones, bit by bit. */
  higher: area(vectorBytes),
  /** [band] the highest digital number whose reflectance cannot be. */
  impossible: area(bands * vectorBytes),
  /** Of eight pixels each those that a pass shows, then those that cannot be; less than zero. */
  counts: area(2 * vectorBytes),
  /** [index][dekad], with a vector before each that may be read but means nothing. */
  series: area(indices * (seasonDekads + 1) * vectorBytes) + vectorBytes,
  /** [dekad], all bits set where the dekad is present. */
  present: area(seasonDekads * vectorBytes),
  /** [dekad], sums of NDVI up to it. */
  sums: area(seasonDekads * vectorBytes),
  /** [feature], of four pixels. */
  features: area((featureCount + 1) * vectorBytes),
  /** Reflectance as [group][dekad][band][pixel], float32, where composites come as that. */
  composites: area((blockPixels / groupPixels) * groupBytes),
  /** [pixel][feature], float32. */
  out: area(blockPixels * featureCount * 4 + 64),
  /** A block's medians, while they are used. */
  medians: area(blockMedians),
  /** Of a dekad of them, packed. */
  packed: area(bands * planeBytes),
  /** A band of it, side by side: to be packed, or unpacked. */
  band: area(planeBytes),
  /** What is found out about them, each in eight lanes. */
  measures: area(4 * vectorBytes),
  /** [pass][plane]. */
  staging: area(maxPasses * passBytes),
};
export const memoryBytes = end;

/** Where a dekad of the block's medians begins. */
export const medianAt = (dekad: number): number => layout.medians + dekad * dekadMedians;
export const scalingAt = (dekad: number, band: number): number =>
  layout.scaling + (dekad * 2 * bands + band) * vectorBytes;
export const offsetAt = (dekad: number, band: number): number => scalingAt(dekad, bands + band);
export const seriesAt = (index: number, dekad: number): number =>
  layout.series + (index * (seasonDekads + 1) + dekad) * vectorBytes;
export const presentAt = (dekad: number): number => layout.present + dekad * vectorBytes;
export const featureAt = (feature: number): number => layout.features + feature * vectorBytes;
