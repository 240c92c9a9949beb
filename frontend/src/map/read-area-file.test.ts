import { expect, test } from 'vitest';
import { checkSize } from './read-area-file.ts';
import { checkKml, maxKmlChars } from './read-kml.ts';

test('a file of 50 MB is refused before a byte of it is read', () => {
  expect(() => checkSize(50_000_000)).toThrow('areaFile.tooLarge');
  expect(() => checkSize(0)).toThrow('areaFile.empty');
  expect(() => checkSize(20_000_000)).not.toThrow();
});

test('KML with entities of its own or of 6 MB is not parsed', () => {
  expect(() => checkKml('<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaa">]><kml>&a;</kml>')).toThrow(
    'areaFile.notKml',
  );
  expect(() => checkKml(' '.repeat(maxKmlChars + 1))).toThrow('areaFile.tooLarge');
  expect(() => checkKml('<kml/>')).not.toThrow();
});
