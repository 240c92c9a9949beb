import { formatNumber } from '../../i18n/format.ts';
import { language, t } from '../../i18n/t.ts';
import { featureGroups, profileIndices } from './feature-groups.ts';
import type { Pixel } from './pixel-types.ts';

const shown = (value: number | null, digits = 3) => (value === null ? '–' : formatNumber(value, digits));
const monthName = (iso: string) =>
  new Intl.DateTimeFormat(language(), { month: 'short', year: '2-digit', timeZone: 'UTC' }).format(new Date(iso));

/** What the models were told of a pixel. */
export function FeatureTable({ pixel }: { pixel: Pixel }) {
  const { months, phenology } = featureGroups(pixel, monthName);
  return (
    <>
      <table className="table pixel-table">
        <caption>{t('pixelView.monthly')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('pixelView.month')}</th>
            {profileIndices.map((index) => (
              <th key={index} scope="col">
                {index.toUpperCase()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {months.map(({ month, values }) => (
            <tr key={month}>
              <th scope="row">{month}</th>
              {values.map((value, i) => (
                <td key={profileIndices[i]}>{shown(value, 2)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <table className="table pixel-table">
        <caption>{t('pixelView.phenology')}</caption>
        <tbody>
          {phenology.map(({ name, title, value, unit }) => (
            <tr key={name}>
              <th scope="row">
                {title} <code className="pixel-code">{name}</code>
              </th>
              <td>
                {shown(value)} {unit}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
