import { Constants } from '#shared/wasm/constants.ts';
import { i32, op, SimdCode } from '#shared/wasm/simd-code.ts';
import { instantiate } from '#shared/wasm/instance.ts';
import { WasmModule } from '#shared/wasm/wasm-module.ts';
import type { Smoothing } from './model-manifest.ts';
import { SmoothingCode } from './smoothing-code.ts';
import { roomForConstants, smoothingLayout, type SmoothingLayout } from './smoothing-layout.ts';

/** The windows for which a kernel is made; the networks of wider ones would be long. */
export const kernelWindows: readonly number[] = [3, 5, 7];

export interface SmoothingKernel {
  layout: SmoothingLayout;
  /** [column][class] probabilities of a row of the strip, NaN without data. */
  input: Float32Array;
  /** [pixel][class] of a row of the strip. */
  out: Float32Array;
  /** Takes the input as a row of the windows, in the place of the oldest. */
  take(slot: number): void;
  /** Smooths the row whose place is `slot`, into `out`. */
  smooth(slot: number): void;
}

/** Compiles smooth-v1 for so many classes; the window is one of `kernelWindows`. */
export function compileSmoothing(classes: number, smoothing: Smoothing): SmoothingKernel {
  const layout = smoothingLayout(classes, smoothing);
  const constants = new Constants(layout.constants, roomForConstants);
  const code = new SmoothingCode(layout, constants);
  const module = new WasmModule();
  module.add(code.logits(), 'take');
  const steps = {
    counts: module.add(code.counts()),
    lists: [module.add(code.columns()), ...code.merges().map((merge) => module.add(merge))],
    posterior: module.add(code.posterior()),
    probabilities: module.add(code.probabilities()),
    normalise: module.add(code.normalise()),
  };
  module.add(rowCode(layout, steps), 'smooth');
  const { memory, exports } = instantiate(module.compile(layout.bytes), layout.bytes);
  constants.fill(new Uint8Array(memory));
  return {
    layout,
    input: new Float32Array(memory, layout.input, layout.columns * classes),
    out: new Float32Array(memory, layout.out, layout.strip * classes),
    take: (slot) => exports.take(slot * layout.rowBytes),
    smooth: (slot) => exports.smooth(slot * layout.rowBytes),
  };
}

interface Steps {
  counts: number;
  lists: readonly number[];
  posterior: number;
  probabilities: number;
  normalise: number;
}

/** All classes of one row: (address of the row among those of a class). */
function rowCode({ classes, classBytes, rowBytes }: SmoothingLayout, steps: Steps): SimdCode {
  const code = new SimdCode(1);
  const [k, rows, result] = ['k', 'rows', 'result'].map(() => code.let(i32(0), 'i32'));
  code.call(steps.counts);
  code.repeatWhile(op('i32.lt_u', k, i32(classes)), () => {
    code.call(steps.lists[0], rows);
    for (const merge of steps.lists.slice(1)) code.call(merge);
    code.call(steps.posterior, op('i32.add', rows, code.parameter(0)), result);
    code.set(rows, op('i32.add', rows, i32(classBytes)));
    code.set(result, op('i32.add', result, i32(rowBytes)));
    code.set(k, op('i32.add', k, i32(1)));
  });
  code.call(steps.probabilities);
  code.call(steps.normalise);
  return code;
}
