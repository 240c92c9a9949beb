import { FunctionCode, type Local } from '#shared/wasm/function-code.ts';

/**
 * Transposes bits within byte lanes: of eight vectors, byte i of vector d holds bits b; afterwards byte i of vector b
 * holds bits d. So 8 x 16 bytes become 8 bit planes of 128 pixels (pixel 16 b + i is bit b of byte i), and back.
 * The function takes the addresses of the eight vectors and of the result.
 */
export function transposeBitsCode(): FunctionCode {
  const code = new FunctionCode(['i32', 'i32']);
  const vectors = Array.from({ length: 8 }, () => code.local('v128'));
  const changed = code.local('v128');
  vectors.forEach((vector, i) =>
    code
      .get(code.parameter(0))
      .at('v128.load', 16 * i)
      .set(vector),
  );
  for (const [distance, mask] of [
    [4, 0x0f],
    [2, 0x33],
    [1, 0x55],
  ])
    for (let i = 0; i < 8; i++)
      if (!(i & distance)) exchange(code, vectors[i], vectors[i + distance], distance, mask, changed);
  vectors.forEach((vector, i) =>
    code
      .get(code.parameter(1))
      .get(vector)
      .at('v128.store', 16 * i),
  );
  return code;
}

/** Exchanges the bits of `low` above `distance` with those of `high` below it, under the mask. */
function exchange(code: FunctionCode, low: Local, high: Local, distance: number, mask: number, changed: Local): void {
  code.get(low).i32(distance).do('i64x2.shr_u').get(high).do('v128.xor').v128(mask).do('v128.and').tee(changed);
  code.get(high).do('v128.xor').set(high);
  code.get(changed).i32(distance).do('i64x2.shl').get(low).do('v128.xor').set(low);
}

/**
 * Bit planes of the tests of a plane: from its bins of 128 pixels, for each cut k the plane of `bin > k`. Bins are
 * compared by halves: with hi, lo the halves of bin and H, L those of k,
 * bin > k = (hi > H) or (hi > H - 1 and lo > L), and each half in the same way from quarters: two operations a cut.
 *
 * The function takes the address of the result; cut k lies at `k * stride` of it. Cuts are rounded up to a multiple of
 * 16, the last of each 16 being `hi > H` alone.
 *
 * @param bits where the bit planes of the bins lie (8 vectors)
 * @param halves room for 17 vectors: hi > H for H from -1 to 15
 */
export function testPlanesCode(bits: number, halves: number, stride: number): FunctionCode {
  const code = new FunctionCode(['i32', 'i32']);
  const planes = Array.from({ length: 8 }, (_, i) => push(code, () => code.i32(0).at('v128.load', bits + 16 * i)));
  const low = aboveNibble(code, planes.slice(0, 4));
  const high = aboveNibble(code, planes.slice(4));
  const store = (index: number, put: () => void) => {
    code.i32(0);
    put();
    code.at('v128.store', halves + 16 * (index + 1));
  };
  store(-1, () => code.v128(0xff));
  high.forEach((plane, index) => store(index, () => code.get(plane)));
  store(15, () => code.v128(0));
  const half = code.local('i32');
  const result = code.local('i32');
  const above = code.local('v128');
  const atLeast = code.local('v128');
  code.get(code.parameter(0)).set(result);
  code.count(half, code.parameter(1), 16, () => {
    code.get(half).at('v128.load', halves).set(atLeast);
    code
      .get(half)
      .at('v128.load', halves + 16)
      .set(above);
    low.forEach((plane, index) => {
      code.get(result).get(atLeast).get(plane).do('v128.and').get(above).do('v128.or');
      code.at('v128.store', index * stride);
    });
    code
      .get(result)
      .get(above)
      .at('v128.store', 15 * stride);
    code
      .get(result)
      .i32(16 * stride)
      .do('i32.add')
      .set(result);
  });
  return code;
}

/** From the four bit planes of a number (lowest first) the 15 planes of `number > k`, k from 0 to 14. */
function aboveNibble(code: FunctionCode, [b0, b1, b2, b3]: Local[]): Local[] {
  const low = aboveQuarter(code, b0, b1);
  const high = aboveQuarter(code, b2, b3);
  return Array.from({ length: 15 }, (_, k) => {
    const [h, l] = [k >> 2, k & 3];
    if (l === 3) return high[h];
    return push(code, () => {
      code.get(low[l]);
      if (h > 0) code.get(high[h - 1]).do('v128.and');
      if (h < 3) code.get(high[h]).do('v128.or');
    });
  });
}

const aboveQuarter = (code: FunctionCode, low: Local, high: Local): Local[] => [
  push(code, () => code.get(low).get(high).do('v128.or')),
  high,
  push(code, () => code.get(low).get(high).do('v128.and')),
];

function push(code: FunctionCode, put: () => void): Local {
  put();
  const local = code.local('v128');
  code.set(local);
  return local;
}
