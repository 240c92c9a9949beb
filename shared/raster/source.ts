/** Random access to the bytes of one file, wherever it lies. */
export interface ByteSource {
  /** Where the bytes are, as a person would recognise it in an error. */
  readonly name: string;
  /** Total length, bytes. */
  size(signal?: AbortSignal): Promise<number>;
  /** Exactly `length` bytes from `offset`, or an error. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** The same, where the source has memory for it that it uses again: the bytes may not be kept once `use` has ended. */
  lend?<T>(offset: number, length: number, use: (bytes: Uint8Array) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Opens an asset address: an absolute path, `file:`, `http(s):` or `s3:`. No I/O happens before the first read. */
export type OpenSource = (href: string) => ByteSource;
