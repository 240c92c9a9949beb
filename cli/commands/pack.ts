import type { CliContext } from '../context.ts';
import type { MapOptions } from './map.ts';

export async function packSeason(_options: MapOptions, _context: CliContext): Promise<void> {
  throw new Error('not yet');
}
