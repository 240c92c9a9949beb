import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { reportJsonSchema, reportSchema, type Report } from './report.ts';

const report: Report = JSON.parse(
  readFileSync(new URL('../testing/fixtures/domain/report.json', import.meta.url), 'utf8'),
);
// The schema's formats are judged by zod; ajv needs another package for them.
const judge = new Ajv2020({ validateFormats: false }).compile(reportJsonSchema());

type Edit = (report: Report) => void;
const edited = (edit: Edit): Report => {
  const copy = structuredClone(report);
  edit(copy);
  return copy;
};

test('a report satisfies the schema, by zod and by ajv', () => {
  expect(reportSchema.parse(report)).toEqual(report);
  judge(report);
  expect(judge.errors).toBeNull();
});

test.each([
  ['a share over one', (each) => (each.classes[0].share = 1.5)],
  ['a negative count', (each) => (each.pixels.nodata = -1)],
  ['half a pixel', (each) => (each.pixels.valid = 0.5)],
  ['the value of no data as a class', (each) => (each.classes[0].value = 0)],
  ['a confidence over a hundred', (each) => (each.meanConfidence = 101)],
  ['no scenes', (each) => delete (each as Partial<Report>).scenes],
  ['an area of another form', (each) => (each.request.aoi.type = 'square' as 'circle')],
  ['another policy for broken scenes', (each) => (each.request.onBrokenScene = 'ignore' as 'skip')],
] as [string, Edit][])('%s does not, by either', (_name, edit) => {
  const wrong = edited(edit);
  expect(reportSchema.safeParse(wrong).success).toBe(false);
  expect(judge(wrong)).toBe(false);
});
