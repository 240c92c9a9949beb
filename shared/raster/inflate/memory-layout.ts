import { distanceRoom, literalRoom } from './symbol-tables.ts';

/** Streams that are decoded at a time, and places for streams: some wait, or are read, while others are decoded. */
export const laneCount = 2;
export const slotCount = 3;

/** A block that is longer, decompressed, is not for this decoder. */
export const maxOutput = 8 * 2 ** 20;
/** As long as deflate makes `maxOutput` bytes that do not compress, and more. */
export const maxInput = maxOutput + 2 ** 16;

/** Bytes behind the output that may be written over: two literals, the longest match, and a vector. */
const slack = 320;

/** Where a lane keeps its tables and its state, bytes. */
export interface LanePlace {
  index: number;
  literalTable: number;
  distanceTable: number;
  /** Four i32: the position in the input in bits; the output's position, its end and its start. */
  state: number;
}

/** Where a stream comes from and goes to, bytes. */
export interface SlotPlace {
  input: number;
  output: number;
}

const align = (bytes: number) => Math.ceil(bytes / 64) * 64;
const laneBytes = 64 + 4 * literalRoom + 8 * distanceRoom;

/** What the last call of the decoder ended with. */
export const outcomeAt = 0;
/** The two sums of Adler-32. */
export const sumsAt = 16;

export const lanePlaces: readonly LanePlace[] = Array.from({ length: laneCount }, (_, i) => {
  const state = 64 + i * laneBytes;
  return { index: i, state, literalTable: state + 64, distanceTable: state + 64 + 4 * literalRoom };
});

const inputs = align(64 + laneCount * laneBytes);
const inputRoom = align(maxInput + slack);
const outputs = inputs + slotCount * inputRoom;
const outputRoom = align(maxOutput + slack);

/** All inputs lie before all outputs: a damaged stream may be read on at most two bytes for each that it gives. */
export const slotPlaces: readonly SlotPlace[] = Array.from({ length: slotCount }, (_, i) => ({
  input: inputs + i * inputRoom,
  output: outputs + i * outputRoom,
}));

export const memoryBytes = outputs + slotCount * outputRoom;
