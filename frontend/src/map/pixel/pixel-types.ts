import type { components } from '../../api/schema.d.ts';

export type Pixel = components['schemas']['Pixel'];
export type PixelScene = components['schemas']['PixelScene'];
