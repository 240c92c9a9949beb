import { LaneCode } from './lane-code.ts';
import { BranchingCode } from './branching-code.ts';
import { outcomeAt, type LanePlace } from './memory-layout.ts';

/**
 * The loop that is most of inflate: symbols of a deflate block become bytes, of each lane in turn, until a lane's block
 * ends or its output is full. A lane waits most of the time for its last lookup, which tells where its next code
 * begins: two lanes take 1.2 times as long as one.
 *
 * It is not noticed here that the input ends: a lane reads on at most two bytes for each that it writes.
 *
 * @param literalRuns whether matches are rare. Then there is a branch on them, and literals follow each other fast.
 *   Otherwise it could not be foreseen whether one comes next, so there is no branch: where there is no length a
 *   distance is looked up all the same, and nothing is copied from distance 0.
 */
export function symbolsCode(lanes: readonly LanePlace[], literalRuns: boolean): BranchingCode {
  const code = new BranchingCode();
  const [entry, length, distance, source, end, outcome] = Array.from({ length: 6 }, () => code.local('i32'));
  const [window, found] = [code.local('i64'), code.local('i64')];
  const scratch = { entry, length, distance, source, end, outcome, window, found };
  const all = lanes.map((place) => new LaneCode(code, scratch, place));
  for (const lane of all) lane.restore();
  code.block((exit) => {
    code.loop((next) => {
      for (const lane of all) lane.symbols(exit, literalRuns);
      code.jump(next);
    });
  });
  for (const lane of all) lane.save();
  return code.i32(outcomeAt).get(outcome).at('i32.store');
}
