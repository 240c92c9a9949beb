import { describe, expect, test } from 'vitest';
import { needSetting, readPlatformSettings } from './platform-settings.ts';

describe('readPlatformSettings', () => {
  test('has a default for all that can have one', () => {
    const settings = readPlatformSettings({});
    expect(settings).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      proxies: 0,
      logLevel: 'info',
      publicUrl: undefined,
    });
    expect(settings.signingKeyFile).toMatch(/\/\.geocrop\/signing-key\.json$/);
  });

  test('reads what is set', () => {
    const settings = readPlatformSettings({
      PORT: '9000',
      PUBLIC_URL: 'https://crops.example.org/',
      DATABASE_URL: 'postgres://db/geocrop',
      K_SERVICE: 'auth',
    });
    expect(settings).toMatchObject({ port: 9000, publicUrl: 'https://crops.example.org', service: { name: 'auth' } });
    expect(settings.databaseUrl).toBe('postgres://db/geocrop');
  });

  test('what is empty or blank is not set: days of nothing would remove every result', () => {
    const names = [
      'PORT',
      'HOST',
      'PUBLIC_URL',
      'GEOCROP_HOME',
      'GEOCROP_PROXIES',
      'GEOCROP_RECRUITER_JOBS',
      'GEOCROP_ANALYST_OPEN_JOBS',
      'GEOCROP_DRAIN_MS',
      'GEOCROP_KEEP_RESULTS_DAYS',
      'GEOCROP_KEEP_PARTS_DAYS',
      'GEOCROP_HOME_MAX_BYTES',
      'GEOCROP_LOG_LEVEL',
    ];
    for (const value of ['', ' \t'])
      expect(readPlatformSettings(Object.fromEntries(names.map((name) => [name, value])))).toEqual(
        readPlatformSettings({}),
      );
  });

  test.each([
    ['PORT', '99999'],
    ['PORT', 'http'],
    ['PUBLIC_URL', 'ftp://x'],
    ['GEOCROP_PROXIES', '-1'],
    ['GEOCROP_LOG_LEVEL', 'loud'],
  ])('refuses %s=%s by its name, without its value', (name, value) => {
    const attempt = () => readPlatformSettings({ [name]: value });
    expect(attempt).toThrow(`the environment variable ${name} cannot be used`);
    expect(attempt).not.toThrow(value);
  });

  test('what is needed and not set is named where it is needed', () => {
    const { databaseUrl } = readPlatformSettings({});
    expect(() => needSetting(databaseUrl, 'DATABASE_URL')).toThrow('DATABASE_URL is not set');
    expect(needSetting('postgres://db', 'DATABASE_URL')).toBe('postgres://db');
  });
});
