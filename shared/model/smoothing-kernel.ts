import { Constants } from '#shared/wasm/constants.ts';
import { i32, op, SimdCode } from '#shared/wasm/simd-code.ts';
import { instantiate } from '#shared/wasm/instance.ts';
import { WasmModule } from '#shared/wasm/wasm-module.ts';
import type { Smoothing } from './model-manifest.ts';
import { cutCode, keptCode } from './smoothing-counts.ts';
import { roomForConstants, rowsAtOnce, smoothingLayout, type SmoothingLayout } from './smoothing-layout.ts';
import { outputCode, probabilityCode } from './smoothing-results.ts';
import { logitCode, pairCode, presentCode } from './smoothing-rows.ts';
import { increase } from './smoothing-vectors.ts';
import { WindowCode } from './smoothing-windows.ts';

/** The windows for which a kernel is made; the networks of wider ones would be long. */
export const kernelWindows: readonly number[] = [3, 5, 7];

export interface SmoothingKernel {
  layout: SmoothingLayout;
  /** [column][class] probabilities of two rows of the strip, NaN without data. */
  input: readonly Float32Array[];
  /** [pixel][class] of the rows of the strip that are smoothed at once. */
  out: readonly Float32Array[];
  /** Takes the input as a pair of rows, numbered from 0 on: the second row of pair 0 is the first that a window has. */
  take(pair: number): void;
  /** Smooths the four rows whose windows begin with the second row of a pair, into `out`. */
  smooth(pair: number): void;
}

/** Compiles smooth-v1 for so many classes; the window is one of `kernelWindows`. */
export function compileSmoothing(classes: number, smoothing: Smoothing): SmoothingKernel {
  const layout = smoothingLayout(classes, smoothing);
  const constants = new Constants(layout.constants, roomForConstants);
  const module = new WasmModule();
  addTaking(module, layout, constants);
  addSmoothing(module, layout, constants);
  const { memory, exports } = instantiate(module.compile(layout.bytes), layout.bytes);
  constants.fill(new Uint8Array(memory));
  const { pairs } = layout;
  const addresses = Array.from({ length: pairs }, (_, first) =>
    Array.from({ length: pairs }, (_each, i) => (first + i) % pairs),
  );
  return {
    layout,
    input: [0, 1].map(
      (row) => new Float32Array(memory, layout.input + row * layout.inputBytes, layout.columns * classes),
    ),
    out: Array.from({ length: rowsAtOnce }, (_, row) => {
      const values = layout.strip * classes;
      return new Float32Array(memory, layout.out + 4 * row * values, values);
    }),
    take: (pair) => exports.take(pair % pairs),
    smooth: (pair) => exports.smooth(...addresses[pair % pairs]),
  };
}

/** `take`: (place of the pair of rows). */
function addTaking(module: WasmModule, layout: SmoothingLayout, constants: Constants): void {
  const { classes, input, inputBytes, lists, classBytes, pairBytes, rowBytes, present } = layout;
  const logits = module.add(logitCode(layout, constants));
  const pair = module.add(pairCode(layout));
  const counts = module.add(presentCode(layout, constants));
  const code = new SimdCode(1);
  const place = code.parameter(0);
  const first = code.let(op('i32.add', op('i32.mul', place, i32(pairBytes)), i32(lists)), 'i32');
  for (const row of [0, 1]) code.call(logits, i32(input + row * inputBytes), op('i32.add', first, i32(row * rowBytes)));
  code.call(counts, first, op('i32.add', op('i32.mul', place, i32(2 * rowBytes)), i32(present)));
  const k = code.let(i32(0), 'i32');
  code.repeatWhile(op('i32.lt_u', k, i32(classes)), () => {
    code.call(pair, first);
    increase(code, first, classBytes);
    increase(code, k, 1);
  });
  module.add(code, 'take');
}

/** `smooth`: (places of the pairs of rows, in order). */
function addSmoothing(module: WasmModule, layout: SmoothingLayout, constants: Constants): void {
  const { classes, strip, pairs, lists, classBytes, pairBytes, rowBytes, present } = layout;
  const cut = module.add(cutCode(layout, constants));
  const windows = module.add(new WindowCode(layout, constants, cut).code);
  const kept = module.add(keptCode(layout, constants));
  const probabilities = module.add(probabilityCode(layout, constants));
  const output = module.add(outputCode(layout, constants));
  const code = new SimdCode(pairs);
  const places = Array.from({ length: pairs }, (_, i) => code.parameter(i));
  code.call(kept, ...places.map((place) => op('i32.add', op('i32.mul', place, i32(2 * rowBytes)), i32(present))));
  const [k, rows, result] = ['k', 'rows', 'result'].map(() => code.let(i32(0), 'i32'));
  code.set(rows, i32(lists));
  code.repeatWhile(op('i32.lt_u', k, i32(classes)), () => {
    code.call(windows, ...places.map((place) => op('i32.add', op('i32.mul', place, i32(pairBytes)), rows)), result);
    increase(code, rows, classBytes);
    increase(code, result, 4 * strip);
    increase(code, k, 1);
  });
  code.call(probabilities);
  for (let row = 0; row < rowsAtOnce; row++) code.call(output, i32(4 * row * classes * strip));
  module.add(code, 'smooth');
}
