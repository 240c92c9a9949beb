import { featureCount } from '../feature-names.ts';
import { i32, op, SimdCode } from '#shared/features/wasm/simd-code.ts';
import { instantiate, SimdModule } from '#shared/features/wasm/simd-module.ts';
import type { CompiledModule } from '#shared/features/wasm/web-assembly.ts';
import { compositeCode, missingCode } from './composite-code.ts';
import { Constants } from '#shared/features/wasm/constants.ts';
import { FeatureCode } from './feature-code.ts';
import { dekadBytes, groupBytes, layout, maxPasses, memoryBytes, minDekads } from './layout.ts';
import { outputCode } from './output-code.ts';
import { fillCode, indexCode, smoothCode } from './series-code.ts';

/** The compiled kernel with its memory; see `layout` for what lies where. One block of pixels at a time. */
export interface Kernel {
  bytes: Uint8Array;
  numbers: Uint16Array;
  floats: Float32Array;
  /** Composites of a dekad, of the block's pixels in each plane of the passes. */
  composite(passes: readonly PassAddress[], stride: number, dekad: number, pixels: number): void;
  /** Features of the block's composites, into the area for them. */
  features(pixels: number): void;
}

/** Where the digital numbers of a pass's first band and its classes lie; further bands follow by a stride. */
export interface PassAddress {
  numbers: number;
  classes: number;
}

interface Compiled {
  module: CompiledModule;
  constants: Constants;
}

let compiled: Compiled | null = null;

/** Writes and compiles the kernel: some milliseconds. */
function compileKernel(): Compiled {
  const module = new SimdModule();
  const constants = new Constants(layout.constants, 256);
  module.add(missingCode(constants), 'composite0');
  for (let passes = 1; passes <= maxPasses; passes++)
    module.add(compositeCode(passes, constants), `composite${passes}`);
  const chain = [indexCode(constants), fillCode(constants), smoothCode(constants)].map((code) => module.add(code));
  chain.push(module.add(new FeatureCode(constants, minDekads).code), module.add(outputCode()));
  module.add(blockCode(chain), 'features');
  return { module: module.compile(memoryBytes), constants };
}

/** A kernel with a memory of its own, in which `extra` bytes from `memoryBytes` on are for planes to be read in place. */
export function openKernel(extra = 0): Kernel {
  const { module, constants } = (compiled ??= compileKernel());
  const { memory, exports } = instantiate(module, memoryBytes + extra);
  const bytes = new Uint8Array(memory);
  constants.fill(bytes);
  return {
    bytes,
    numbers: new Uint16Array(memory),
    floats: new Float32Array(memory),
    composite: (passes, stride, dekad, pixels) => {
      const addresses = passes.flatMap(({ numbers, classes }) => [numbers, classes]);
      exports[`composite${passes.length}`](pixels, layout.composites + dekad * dekadBytes, stride, ...addresses);
    },
    features: (pixels) => exports.features(pixels),
  };
}

/** Takes a block's pixels through the chain, four at a time: (pixels). */
function blockCode([indices, fill, smooth, features, output]: readonly number[]): SimdCode {
  const code = new SimdCode(1);
  const pixel = code.let(i32(0), 'i32');
  const source = code.let(i32(layout.composites), 'i32');
  const target = code.let(i32(0), 'i32');
  code.repeatWhile(op('i32.lt_u', pixel, code.parameter(0)), () => {
    for (const half of [0, 16]) {
      code.call(indices, op('i32.add', source, i32(half)));
      code.call(fill);
      code.call(smooth);
      code.call(features);
      code.call(output, target);
      code.set(target, op('i32.add', target, i32(4 * featureCount * 4)));
    }
    code.set(source, op('i32.add', source, i32(groupBytes)));
    code.set(pixel, op('i32.add', pixel, i32(8)));
  });
  return code;
}

let loaded: Kernel | null = null;

/** The kernel of this thread, opened when it is first wanted. */
export const loadedKernel = (): Kernel => (loaded ??= openKernel());
