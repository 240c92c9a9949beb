import { BranchingCode } from './branching-code.ts';
import { sumsAt } from './memory-layout.ts';

const prime = 65_521;
/** After so many vectors the sums must be taken modulo the prime, or they would no longer fit 32 bits. */
const vectorsAtOnce = 256;

/**
 * Adler-32 (RFC 1950) of `p1` bytes from address `p0` on; its two sums are written to `sumsAt`. Sixteen bytes at a
 * time: of a vector are summed its bytes, its bytes times their distance from its end, and 16 times what came before.
 */
export function adlerCode(): BranchingCode {
  const code = new BranchingCode(2);
  const [at, length] = [0, 1];
  const [first, second, end, stop] = Array.from({ length: 4 }, () => code.local('i32'));
  const [bytes, sums, before, weighted] = Array.from({ length: 4 }, () => code.local('v128'));
  const zero = code.local('v128');
  const reduce = () => {
    for (const sum of [first, second]) code.get(sum).i32(prime).do('i32.rem_u').set(sum);
  };
  const total = (vector: typeof sums) => {
    for (let lane = 0; lane < 4; lane++) code.get(vector).lane(lane);
    code.do('i32.add', 'i32.add', 'i32.add');
  };
  const wholeVector = () => {
    code.get(at).at('v128.load').set(bytes);
    code.get(before).get(sums).do('i32x4.add').set(before);
    code.get(sums).get(bytes).do('i16x8.extadd_pairwise_i8x16_u', 'i32x4.extadd_pairwise_i16x8_u', 'i32x4.add');
    code.set(sums).get(weighted);
    code.get(bytes).do('i16x8.extend_low_i8x16_u').i16x8([16, 15, 14, 13, 12, 11, 10, 9]).do('i32x4.dot_i16x8_s');
    code.get(bytes).do('i16x8.extend_high_i8x16_u').i16x8([8, 7, 6, 5, 4, 3, 2, 1]).do('i32x4.dot_i16x8_s');
    code.do('i32x4.add', 'i32x4.add').set(weighted);
  };
  const vectors = () => {
    for (const vector of [sums, before, weighted]) code.get(zero).set(vector);
    code.get(second).get(stop).get(at).do('i32.sub').get(first).do('i32.mul', 'i32.add').set(second);
    code.loop((next) => {
      wholeVector();
      code.get(at).i32(16).do('i32.add').tee(at).get(stop).do('i32.lt_u').jumpIf(next);
    });
    total(before);
    code.i32(4).do('i32.shl').get(second).do('i32.add');
    total(weighted);
    code.do('i32.add').set(second);
    total(sums);
    code.get(first).do('i32.add').set(first);
    reduce();
  };
  code.i32(1).set(first).get(at).get(length).do('i32.add').set(end);
  code.block((done) => {
    code.loop((next) => {
      code.get(end).get(at).do('i32.sub').i32(16).do('i32.lt_u').jumpIf(done);
      code.get(end).get(at).do('i32.sub').i32(-16).do('i32.and').tee(stop);
      code
        .i32(16 * vectorsAtOnce)
        .get(stop)
        .i32(16 * vectorsAtOnce)
        .do('i32.lt_u', 'select');
      code.get(at).do('i32.add').set(stop);
      vectors();
      code.jump(next);
    });
  });
  code.block((done) => {
    code.loop((next) => {
      code.get(at).get(end).do('i32.ge_u').jumpIf(done);
      code.get(first).get(at).at('i32.load8_u').do('i32.add').tee(first).get(second).do('i32.add').set(second);
      code.get(at).i32(1).do('i32.add').set(at).jump(next);
    });
  });
  reduce();
  code.i32(sumsAt).get(first).at('i32.store');
  return code.i32(sumsAt).get(second).at('i32.store', 4);
}
