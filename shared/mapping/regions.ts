/** Lets other work of the process run in between; called often, it decides when. */
export type Pause = () => Promise<void>;

/** Connected pixels of one value. */
export interface Regions {
  /** Numbered from 0 in the order of their first pixels, row by row. */
  count: number;
  /** Region of each pixel; -1 where the value is 0. */
  labels: Int32Array;
}

/** Root of a pixel: the first pixel of its region as far as that is known. Shortens the way for the next. */
function rootOf(parents: Int32Array, at: number): number {
  let root = at;
  while (parents[root] !== root) root = parents[root];
  while (parents[at] !== root) [parents[at], at] = [root, parents[at]];
  return root;
}

/** The lower root stays one: a parent always comes before its pixel. */
function join(parents: Int32Array, a: number, b: number): void {
  const [x, y] = [rootOf(parents, a), rootOf(parents, b)];
  if (x < y) parents[y] = x;
  else parents[x] = y;
}

/**
 * The regions of equal values, 4-connected; pixels of value 0 belong to none. Takes 4 bytes a pixel.
 *
 * @param values row by row
 */
export async function regionsOf(values: Uint8Array, width: number, pause: Pause): Promise<Regions> {
  const labels = new Int32Array(values.length).fill(-1);
  for (let at = 0; at < values.length; at++) {
    if (at % width === 0) await pause();
    if (values[at] === 0) continue;
    labels[at] = at;
    if (at >= width && values[at - width] === values[at]) join(labels, at, at - width);
    if (at % width > 0 && values[at - 1] === values[at]) join(labels, at, at - 1);
  }
  return { count: await number(labels, width, pause), labels };
}

/** Turns parents into labels in place: what lies before a pixel has its label already. */
async function number(parents: Int32Array, width: number, pause: Pause): Promise<number> {
  let count = 0;
  for (let at = 0; at < parents.length; at++) {
    if (at % width === 0) await pause();
    if (parents[at] < 0) continue;
    parents[at] = parents[at] === at ? count++ : parents[parents[at]];
  }
  return count;
}
