import { join } from 'node:path';
import type { Report } from '#shared/domain/report.ts';

const number = (value: number, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const percent = (share: number) => `${number(100 * share, 1)} %`;
const megabytes = (bytes: number) => `${number(bytes / 1e6)} MB`;

function classTable(report: Report): string[] {
  const rows = report.classes.filter(({ pixels }) => pixels > 0).sort((a, b) => b.pixels - a.pixels);
  const width = Math.max(...rows.map(({ title }) => title.length), 5);
  const line = (title: string, hectares: string, share: string) =>
    `  ${title.padEnd(width)} ${hectares.padStart(12)} ${share.padStart(9)}`;
  return [
    line('class', 'hectares', 'share'),
    ...rows.map(({ title, hectares, share }) => line(title, number(hectares, 2), percent(share))),
  ];
}

/** What a run found, for a person at a terminal. */
export function summary(report: Report, folder: string): string {
  const { pixels, scenes, seconds, peakMemoryBytes, agreement } = report;
  const dates = scenes.used.map(({ datetime }) => datetime.slice(0, 10)).sort();
  return [
    `${report.request.season} ${report.request.year}, EPSG:${report.grid.epsg}${report.model ? `, model ${report.model.name} ${report.model.version}` : ''}`,
    '',
    ...(report.classes.length > 0 ? [...classTable(report), ''] : []),
    `pixels     ${number(pixels.total)} in the area: ${number(pixels.valid)} valid, ${number(pixels.nodata)} no data`,
    ...(report.meanConfidence === null ? [] : [`confidence ${report.meanConfidence} % on average`]),
    `scenes     ${scenes.used.length} used (${dates[0]} to ${dates.at(-1)}), ${scenes.skipped.length} skipped`,
    `time       ${number(seconds.total, 1)} s with ${report.workers} worker${report.workers === 1 ? '' : 's'}; peak memory ${megabytes(peakMemoryBytes.worker)} in the largest process that computes, ${megabytes(peakMemoryBytes.main)} in the main one`,
    ...(agreement
      ? [`labels     ${percent(agreement.share)} of ${number(agreement.labelled)} labelled pixels agree`]
      : []),
    ...report.warnings.map((warning) => `WARNING    ${warning}`),
    '',
    ...report.files.filter(({ name }) => /\.(tif|png)$/.test(name)).map(({ name }) => join(folder, name)),
  ].join('\n');
}
