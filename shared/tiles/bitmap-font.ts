/** Glyphs of 5 x 7 pixels: seven rows from the top, each two hexadecimal digits, the leftmost pixel is bit 4. */
const glyphs: Readonly<Record<string, string>> = {
  A: '0e11111f111111',
  B: '1e11111e11111e',
  C: '0e11101010110e',
  D: '1e11111111111e',
  E: '1f10101e10101f',
  F: '1f10101e101010',
  G: '0e11101711110f',
  H: '1111111f111111',
  I: '0e04040404040e',
  J: '0702020202120c',
  K: '11121418141211',
  L: '1010101010101f',
  M: '111b1515111111',
  N: '11191513111111',
  O: '0e11111111110e',
  P: '1e11111e101010',
  Q: '0e11111115120d',
  R: '1e11111e141211',
  S: '0f10100e01011e',
  T: '1f040404040404',
  U: '1111111111110e',
  V: '11111111110a04',
  W: '1111111515150a',
  X: '11110a040a1111',
  Y: '11110a04040404',
  Z: '1f01020408101f',
  '0': '0e11131519110e',
  '1': '040c040404040e',
  '2': '0e11010608101f',
  '3': '1e01010e01011e',
  '4': '02060a121f0202',
  '5': '1f101e0101110e',
  '6': '0608101e11110e',
  '7': '1f010204080808',
  '8': '0e11110e11110e',
  '9': '0e11110f01020c',
  ' ': '00000000000000',
  '.': '00000000000c0c',
  ',': '000000000c0408',
  '-': '0000001f000000',
  _: '0000000000001f',
  '/': '01010204081010',
  '(': '02040808080402',
  ')': '08040202020408',
  '%': '18190204081303',
  '&': '0c12140815120d',
  '+': '0004041f040400',
  "'": '04040800000000',
  ':': '000c0c000c0c00',
  '=': '00001f001f0000',
  '?': '0e110102040004',
};

export const glyphHeight = 7;
/** From one glyph to the next. */
export const glyphAdvance = 6;

/** What the font has of a text: capitals without accents; other characters become question marks. */
const drawable = (text: string): string[] =>
  [...text.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase()].map((letter) => (letter in glyphs ? letter : '?'));

/** Calls `dot` for every dark pixel of a line of text, counted from its upper left. */
export function drawText(text: string, dot: (x: number, y: number) => void): void {
  drawable(text).forEach((letter, i) => {
    for (let y = 0; y < glyphHeight; y++) {
      const row = Number.parseInt(glyphs[letter].slice(2 * y, 2 * y + 2), 16);
      for (let x = 0; x < 5; x++) if (row & (16 >> x)) dot(i * glyphAdvance + x, y);
    }
  });
}

/** Width of a line of text, pixels. */
export const textWidth = (text: string): number => Math.max(0, drawable(text).length * glyphAdvance - 1);
