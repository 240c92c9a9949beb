import type { Augmentation } from './augment.ts';

export interface ModelClass {
  name: string;
  title: string;
  /** #rrggbb */
  color: string;
}

/** How the members are trained; the trainer reads it as it stands here, and `model.json` repeats it. */
export interface Recipe {
  seed: number;
  /** A row weighs its class's frequency to the power of minus this. */
  classWeightPower: number;
  augmentation: Augmentation;
  /** Settings by library, in the libraries' own words. */
  members: Readonly<Record<'xgboost' | 'lightgbm' | 'catboost', Readonly<Record<string, number>>>>;
  /** The block size of the figure that is reported first, and the others, degrees. */
  blockDegrees: number;
  otherBlockDegrees: readonly number[];
  crossValidationSeeds: readonly number[];
  /** Random rows and rows on thresholds that the export is checked on, each. */
  parityRows: number;
  /** Rows in the bundle's `samples.json`. */
  sampleRows: number;
}

/** A data set that the model was trained on. */
export interface TrainingData {
  name: string;
  title: string;
  licence: string;
  source: string;
}

/** What a model is, apart from what training finds out. */
export interface ModelDefinition {
  name: string;
  version: string;
  title: string;
  season: string;
  /** In the order of the probabilities' columns; a pixel's value is 1 + index. */
  classes: readonly ModelClass[];
  smoothing: { method: 'smooth-v1'; window: number; smoothness: number; fraction: number };
  /** Boxes [west, south, east, north] in degrees where the model may be used. */
  validBoxes: readonly (readonly [number, number, number, number])[];
  recipe: Recipe;
  data: readonly TrainingData[];
  limits: readonly string[];
}
