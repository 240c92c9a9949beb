import type { PixelCount } from '../count-pixels.ts';
import { featureCount } from '../feature-names.ts';
import { i32, op, SimdCode } from '#shared/wasm/simd-code.ts';
import { instantiate } from '#shared/wasm/instance.ts';
import { WasmModule } from '#shared/wasm/wasm-module.ts';
import type { CompiledModule } from '#shared/wasm/web-assembly.ts';
import { compositeCode, missingCode } from './composite-code.ts';
import { Constants } from '#shared/wasm/constants.ts';
import { countCode } from './count-code.ts';
import { FeatureCode } from './feature-code.ts';
import { groupBytes, groupMedians, groupPixels, layout, maxPasses, memoryBytes, minDekads } from './layout.ts';
import { outputCode } from './output-code.ts';
import { gatherCode, halveCode, maxWidth, packCode, scatterCode, scatterPairsCode, unpackCode } from './pack-code.ts';
import { Packing } from './packing.ts';
import { carefulIndexCode, indexCode, medianReader, reflectanceReader } from './index-code.ts';
import { fillCode } from './fill-code.ts';
import { smoothCode } from './smooth-code.ts';

/** The compiled kernel with its memory; see `layout` for what lies where. One block of pixels at a time. */
export interface Kernel {
  bytes: Uint8Array;
  numbers: Uint16Array;
  floats: Float32Array;
  /**
   * Medians of a dekad, of the block's pixels in each plane of the passes, to where the block's medians of it begin.
   *
   * @returns whether they are right; else a digital number is too high for the sum of two
   */
  composite(passes: readonly PassAddress[], stride: number, target: number, pixels: number): boolean;
  /** Counts pixels of a pass in the staging area, whose classes hide what else is in its last eight. */
  count(pass: PassAddress, pixels: number): PixelCount;
  /** Packs medians of a block's dekad, band by band. */
  packing: Packing;
  /** Features of a block's medians, which begin at an address, into the area for features. */
  featuresOfMedians(address: number, pixels: number): void;
  /** The same of the reflectances in `layout.composites`. */
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
  const module = new WasmModule();
  const constants = new Constants(layout.constants, 256);
  module.add(missingCode(constants), 'composite0');
  for (let passes = 1; passes <= maxPasses; passes++)
    module.add(compositeCode(passes, constants), `composite${passes}`);
  module.add(countCode(constants), 'count');
  addPacking(module, constants);
  const [medians, reflectances] = [medianReader(constants), reflectanceReader].map((reader) =>
    module.add(indexCode(constants, reader, module.add(carefulIndexCode(constants, reader)))),
  );
  const chain = [fillCode(constants), smoothCode(constants), new FeatureCode(constants, minDekads).code, outputCode()];
  const rest = chain.map((code) => module.add(code));
  module.add(blockCode(medians, rest, { half: 8, group: groupMedians }), 'featuresOfMedians');
  module.add(blockCode(reflectances, rest, { half: 16, group: groupBytes }), 'features');
  return { module: module.compile(memoryBytes), constants };
}

function addPacking(module: WasmModule, constants: Constants): void {
  module.add(gatherCode(constants), 'gather');
  module.add(halveCode(), 'halve');
  module.add(scatterCode(), 'scatter');
  module.add(scatterPairsCode(), 'scatterPairs');
  for (let width = 0; width <= maxWidth; width++) {
    module.add(packCode(width), `pack${width}`);
    module.add(unpackCode(width, constants), `unpack${width}`);
  }
}

/** A kernel with a memory of its own, in which `extra` bytes from `memoryBytes` on are for planes to be read in place. */
export function openKernel(extra = 0): Kernel {
  const { module, constants } = (compiled ??= compileKernel());
  const { memory, exports } = instantiate(module, memoryBytes + extra);
  const bytes = new Uint8Array(memory);
  constants.fill(bytes);
  const composites = Array.from({ length: maxPasses + 1 }, (_, passes) => exports[`composite${passes}`]);
  const higher = new Uint16Array(memory, layout.higher, 8);
  const counts = new Int16Array(memory, layout.counts, 16);
  return {
    bytes,
    numbers: new Uint16Array(memory),
    floats: new Float32Array(memory),
    composite: (passes, stride, target, pixels) => {
      const values = [pixels, target, stride];
      for (const { numbers, classes } of passes) values.push(numbers, classes);
      composites[passes.length](...values);
      let all = 0;
      for (const bits of higher) all |= bits;
      return all < 0x8000;
    },
    count: ({ numbers, classes }, pixels) => {
      exports.count(pixels, numbers, classes);
      let [valid, negative] = [0, 0];
      for (let lane = 0; lane < 8; lane++) {
        valid -= counts[lane];
        negative -= counts[8 + lane];
      }
      return { valid, negative };
    },
    packing: new Packing(exports, memory),
    featuresOfMedians: (address, pixels) => exports.featuresOfMedians(pixels, address),
    features: (pixels) => exports.features(pixels, 0),
  };
}

/** Takes a block's pixels through the chain, four at a time: (pixels, address of the first group). */
function blockCode(
  indices: number,
  [fill, smooth, features, output]: readonly number[],
  bytes: { half: number; group: number },
): SimdCode {
  const code = new SimdCode(2);
  const pixel = code.let(i32(0), 'i32');
  const source = code.let(code.parameter(1), 'i32');
  const target = code.let(i32(0), 'i32');
  code.repeatWhile(op('i32.lt_u', pixel, code.parameter(0)), () => {
    for (const half of [0, bytes.half]) {
      code.call(indices, op('i32.add', source, i32(half)));
      code.call(fill);
      code.call(smooth);
      code.call(features);
      code.call(output, target);
      code.set(target, op('i32.add', target, i32(4 * featureCount * 4)));
    }
    code.set(source, op('i32.add', source, i32(bytes.group)));
    code.set(pixel, op('i32.add', pixel, i32(groupPixels)));
  });
  return code;
}

let loaded: Kernel | null = null;

/** The kernel of this thread, opened when it is first wanted. */
export const loadedKernel = (): Kernel => (loaded ??= openKernel());
