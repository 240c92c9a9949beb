import { expect, test } from 'vitest';
import { classOfLabel } from './label-mapping.ts';

const classOf = classOfLabel({ classes: { maize: ['Maize'], other: ['Beans'] }, excluded: { Cereals: 'no season' } });

test('maps, excludes, and refuses what it does not know', () => {
  expect(classOf('Maize')).toBe('maize');
  expect(classOf('Cereals')).toBeNull();
  expect(() => classOf('maize')).toThrow('label "maize" is neither mapped to a class nor excluded');
});

test('refuses a label that stands twice', () => {
  expect(() => classOfLabel({ classes: { a: ['x'], b: ['x'] }, excluded: {} })).toThrow('label "x" is mapped twice');
  expect(() => classOfLabel({ classes: { a: ['x'] }, excluded: { x: 'why' } })).toThrow('mapped twice');
});
