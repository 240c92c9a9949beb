import type { BranchingCode, Label, Local } from './branching-code.ts';

interface Match {
  /** Where the copy begins; it is `end` afterwards. */
  out: Local;
  distance: Local;
  /** `out` less the distance; it is changed. */
  source: Local;
  end: Local;
  /** What may be written over. */
  scratch: Local;
}

/**
 * Copies earlier output, sixteen bytes at a time: what is written too much lies behind the output. Of distance 0
 * nothing is copied.
 *
 * @param mayBeLong whether there may be more than sixteen bytes
 */
export function copyMatch(code: BranchingCode, match: Match, mayBeLong: boolean): void {
  const { out, source, end, distance } = match;
  code.block((done) => {
    code.get(distance).i32(1).do('i32.sub').i32(15).do('i32.lt_u');
    code.if(() => shortPeriod(code, match, done));
    if (mayBeLong) copyVectors(code, match);
    else code.get(out).get(source).at('v128.load').at('v128.store');
  });
  code.get(end).set(out);
}

function copyVectors(code: BranchingCode, { out, source, end }: Match): void {
  code.loop((more) => {
    code.get(out).get(source).at('v128.load').at('v128.store');
    code.get(source).i32(16).do('i32.add').set(source);
    code.get(out).i32(16).do('i32.add').tee(out).get(end).do('i32.lt_u').jumpIf(more);
  });
}

/**
 * A match that repeats fewer than 16 bytes: 16 bytes one by one, then the source lies as many whole periods back as
 * make 16, so that vectors can go on.
 */
function shortPeriod(code: BranchingCode, { out, source, end, distance, scratch: first }: Match, done: Label): void {
  code.get(out).i32(16).do('i32.add').tee(first).get(end).get(first).get(end).do('i32.lt_u', 'select').set(first);
  code.loop((more) => {
    code.get(out).get(source).at('i32.load8_u').at('i32.store8');
    code.get(source).i32(1).do('i32.add').set(source);
    code.get(out).i32(1).do('i32.add').tee(out).get(first).do('i32.lt_u').jumpIf(more);
  });
  code.get(out).get(end).do('i32.eq').jumpIf(done);
  code.get(out).get(distance).i32(15).get(distance).do('i32.div_u').i32(1).do('i32.add', 'i32.mul', 'i32.sub');
  code.set(source);
}
