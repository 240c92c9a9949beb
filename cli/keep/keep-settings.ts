import { readPlatformSettings, type PlatformSettings } from '#shared/config/platform-settings.ts';
import { GeoCropError } from '#shared/domain/errors.ts';

/** The settings of the platform from the environment, for a command: one that is wrong is a usage error. */
export function keepSettings(): PlatformSettings {
  try {
    return readPlatformSettings();
  } catch (cause) {
    throw new GeoCropError('usage', (cause as Error).message, { cause });
  }
}
