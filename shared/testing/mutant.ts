const extremes = [0, 1, 0x7f, 0x80, 0xff];

/** Cuts a file off, or changes one to eight bytes, mostly in the directories at its head. */
export function mutant(original: Uint8Array, random: () => number): Uint8Array {
  const bytes = original.slice();
  if (random() < 0.1) return bytes.subarray(0, Math.floor(random() * bytes.length));
  const reach = random() < 0.75 ? Math.min(700, bytes.length) : bytes.length;
  const count = 1 + Math.floor(8 * random() ** 3);
  for (let i = 0; i < count; i++) {
    const extreme = extremes[Math.floor(random() * extremes.length)];
    bytes[Math.floor(random() * reach)] = random() < 0.5 ? extreme : Math.floor(random() * 256);
  }
  return bytes;
}
