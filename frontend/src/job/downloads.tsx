import { useMutation } from '@tanstack/react-query';
import type { Report } from '#shared/domain/report.ts';
import { formatBytes } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import { errorText } from '../ui/notice.tsx';
import { downloadFile } from './download-file.ts';

const files = [
  { name: 'map.tif', text: 'downloads.map' },
  { name: 'parcels.geojson', text: 'downloads.parcels' },
  { name: 'classes.csv', text: 'downloads.classes' },
  { name: 'item.json', text: 'downloads.item' },
  { name: 'report.json', text: 'downloads.report' },
] as const;

interface Props {
  id: string;
  share: string | undefined;
  report: Report | undefined;
}

interface FileProps {
  path: string;
  name: string;
  text: string;
  size: string | null;
  isShared: boolean;
}

function FileRow({ path, name, text, size, isShared }: FileProps) {
  const download = useMutation({ mutationFn: () => downloadFile(path, name) });
  const label = (
    <>
      <span>{text}</span>
      <span className="quiet">{download.isPending ? t('downloads.busy') : (size ?? name)}</span>
    </>
  );
  return (
    <li>
      {isShared ? (
        <a className="download" href={path} download={name}>
          {label}
        </a>
      ) : (
        <button type="button" className="download" disabled={download.isPending} onClick={() => download.mutate()}>
          {label}
        </button>
      )}
      {download.isError && (
        <p className="field-problem" role="alert">
          {errorText(download.error)}
        </p>
      )}
    </li>
  );
}

/** The files of a map. A share carries its key in the address; a token cannot. */
export function Downloads({ id, share, report }: Props) {
  const query = new URLSearchParams({ download: '1', ...(share === undefined ? {} : { share }) });
  const sizeOf = (name: string) => report?.files.find((file) => file.name === name)?.bytes;
  return (
    <section className="card" aria-labelledby="downloads-title">
      <h2 id="downloads-title">{t('downloads.title')}</h2>
      <ul className="downloads">
        {files.map(({ name, text }) => {
          const bytes = sizeOf(name);
          return (
            <FileRow
              key={name}
              path={`/status/${id}/results/${name}?${query}`}
              name={name}
              text={t(text)}
              size={bytes === undefined ? null : formatBytes(bytes)}
              isShared={share !== undefined}
            />
          );
        })}
      </ul>
    </section>
  );
}
