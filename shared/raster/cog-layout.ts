import { cogHeader, headerLength } from './cog-header.ts';
import { checkCog, type CogLevel, type CogSpec } from './cog-spec.ts';
import { levelTags } from './cog-tags.ts';

/** Where everything of a file lies, known before a pixel is. */
export interface CogLayout {
  bigTiff: boolean;
  headerBytes: number;
  byteLength: number;
  /** By level, then by tile index; 0 = sparse. */
  tileOffsets: number[][];
}

const classicLimit = 0xffffffff;

function directories(
  spec: CogSpec,
  levels: readonly CogLevel[],
  offsets: readonly (readonly number[])[],
  bigTiff: boolean,
) {
  return levels.map((level, i) => levelTags(spec, level, offsets[i], { overview: i > 0, bigTiff }));
}

function layoutAs(spec: CogSpec, levels: readonly CogLevel[], bigTiff: boolean): CogLayout {
  const placeholders = levels.map((level) => level.sizes.map(() => 0));
  const headerBytes = headerLength(directories(spec, levels, placeholders, bigTiff), bigTiff);
  const tileOffsets: number[][] = [];
  let at = headerBytes;
  for (let i = levels.length - 1; i >= 0; i--)
    tileOffsets[i] = levels[i].sizes.map((size) => {
      const offset = size === 0 ? 0 : at;
      at += size;
      return offset;
    });
  return { bigTiff, headerBytes, byteLength: at, tileOffsets };
}

/** Plans a file: the smallest overview's tiles first, the full resolution last; BigTIFF only where 4 GiB are passed. */
export function cogLayout(spec: CogSpec, levels: readonly CogLevel[]): CogLayout {
  checkCog(spec, levels);
  const classic = layoutAs(spec, levels, false);
  return spec.bigTiff || classic.byteLength > classicLimit ? layoutAs(spec, levels, true) : classic;
}

/** The bytes of a planned file before its first tile. */
export function cogHeaderBytes(spec: CogSpec, levels: readonly CogLevel[], layout: CogLayout): Uint8Array {
  return cogHeader(directories(spec, levels, layout.tileOffsets, layout.bigTiff), layout.bigTiff);
}
