/** One band's samples in row order, in the machine's byte order. */
export type Samples =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

interface SampleArray {
  new (length: number): Samples;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): Samples;
  readonly BYTES_PER_ELEMENT: number;
}

const arrays = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export type Dtype = keyof typeof arrays;

const sampleArray = (dtype: Dtype): SampleArray => arrays[dtype] as unknown as SampleArray;

/** Bytes of one sample. */
export const sampleBytes = (dtype: Dtype): number => arrays[dtype].BYTES_PER_ELEMENT;

/** `length` samples, all zero. */
export const createSamples = (dtype: Dtype, length: number): Samples => new (sampleArray(dtype))(length);

/** Memory seen as samples. */
export const viewSamples = (dtype: Dtype, memory: ArrayBufferLike, byteOffset: number, length: number): Samples =>
  new (sampleArray(dtype))(memory, byteOffset, length);

/**
 * The bytes of samples: a Buffer copies a row in a fraction of the time that a view of the row takes to be made, and
 * memory that threads share ten times as fast as `set` and `copyWithin`.
 */
export const bytesOf = ({ buffer, byteOffset, byteLength }: Samples): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/**
 * Copies all bytes. In two parts, for `copy` of a whole Buffer is `set`, which takes memory that threads share byte by
 * byte unless both begin at a multiple of eight: 25 times as long.
 */
export function copyBytes(from: Samples, to: Uint8Array, at = 0): void {
  const [bytes, half] = [bytesOf(from), from.byteLength >> 1];
  bytes.copy(to, at, 0, half);
  bytes.copy(to, at + half, half);
}

/** A value as samples of this type hold it (float32 rounds); null if it is no value of the type. */
export function sampleValue(dtype: Dtype, value: number | null): number | null {
  if (value === null) return null;
  const held = createSamples(dtype, 1).fill(value)[0];
  return dtype.startsWith('float') || held === value ? held : null;
}

/** Bytes of one's own: `slice` of a Buffer is a view of the same memory. */
export const copyOf = (bytes: Uint8Array, length = bytes.length): Uint8Array =>
  Uint8Array.prototype.slice.call(bytes, 0, length);

/** Sees bytes as samples; they are copied only where their position in memory forbids it. */
export function samplesOf(dtype: Dtype, bytes: Uint8Array): Samples {
  const size = sampleBytes(dtype);
  const aligned = bytes.byteOffset % size === 0 ? bytes : copyOf(bytes);
  const length = Math.floor(aligned.byteLength / size);
  return viewSamples(dtype, aligned.buffer, aligned.byteOffset, length);
}

/** The type of samples by the TIFF tags SampleFormat (1 unsigned, 2 signed, 3 float) and BitsPerSample; null if it is another. */
export function dtypeOf(format: number, bits: number): Dtype | null {
  const kind = { 1: 'uint', 2: 'int', 3: 'float' }[format];
  const name = `${kind}${bits}`;
  return Object.hasOwn(arrays, name) ? (name as Dtype) : null;
}
