/** Result pixels: 0 is no data, else class = 1 + index in the model's classes, confidence = 1-100 percent. */
export interface ClassPlanes {
  class: Uint8Array;
  confidence: Uint8Array;
}

/**
 * The most probable class of each pixel (a tie goes to the lower index) and its probability in whole percent.
 *
 * @param probabilities [pixel][class]; a pixel without data is all NaN
 */
export function classify(probabilities: Float32Array | Float64Array, classes: number): ClassPlanes {
  const pixels = probabilities.length / classes;
  const planes = { class: new Uint8Array(pixels), confidence: new Uint8Array(pixels) };
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = pixel * classes;
    if (Number.isNaN(probabilities[at])) continue;
    let best = 0;
    for (let k = 1; k < classes; k++) if (probabilities[at + k] > probabilities[at + best]) best = k;
    planes.class[pixel] = best + 1;
    planes.confidence[pixel] = Math.max(1, Math.round(100 * probabilities[at + best]));
  }
  return planes;
}
