import { useState, type DragEvent } from 'react';
import { GeoCropError } from '#shared/domain/errors.ts';
import type { ProcessDescription } from '../api/types.ts';
import { formatCount, formatHectares } from '../i18n/format.ts';
import { t } from '../i18n/t.ts';
import type { DrawKind } from '../map/types.ts';
import { Choice } from '../ui/choice.tsx';
import { TextField } from '../ui/field.tsx';
import { Notice } from '../ui/notice.tsx';
import { withArea } from './draft.ts';
import type { CheckedArea } from './rules.ts';
import type { DraftControl } from './use-draft.ts';

interface Props extends DraftControl {
  checked: CheckedArea | null;
  serverProblem: string | null;
  limits: ProcessDescription['limits'];
  drawing: DrawKind | null;
  onDraw: (kind: DrawKind | null) => void;
}

const accepted = '.geojson,.json,.kml,.kmz,.zip';

/** Reads an area out of a file. What was wrong with one is told until there is another area. */
function useFile({ draft, change, limits }: Props) {
  const area = JSON.stringify([draft.kind, draft.lon, draft.lat, draft.radius, draft.shapeName]);
  const [problem, setProblem] = useState<{ text: string; area: string } | null>(null);
  const [isReading, setReading] = useState(false);
  const read = async (file: File | undefined) => {
    if (!file) return;
    setReading(true);
    setProblem(null);
    try {
      const { readAreaFile } = await import('../map/read-area-file.ts');
      const shape = await readAreaFile(file, limits);
      change((now) => withArea(now, shape, file.name));
    } catch (error) {
      // Anything else is that what reads files did not load.
      setProblem({ text: error instanceof GeoCropError ? error.message : t('area.noReader'), area });
    } finally {
      setReading(false);
    }
  };
  return { problem: problem?.area === area ? problem.text : null, isReading, read };
}

function CircleFields({ draft, change }: DraftControl) {
  return (
    <div className="field-row">
      <TextField
        label={t('area.lat')}
        inputMode="decimal"
        autoComplete="off"
        value={draft.lat}
        onChange={({ target }) => change({ lat: target.value })}
      />
      <TextField
        label={t('area.lon')}
        inputMode="decimal"
        autoComplete="off"
        value={draft.lon}
        onChange={({ target }) => change({ lon: target.value })}
      />
      <TextField
        label={t('area.radius')}
        inputMode="numeric"
        autoComplete="off"
        value={draft.radius}
        onChange={({ target }) => change({ radius: target.value })}
      />
    </div>
  );
}

/** A file is taken by the button, or dropped anywhere on these fields. */
function FileField({ file }: { file: ReturnType<typeof useFile> }) {
  return (
    <label className="file-field">
      <input
        type="file"
        accept={accepted}
        disabled={file.isReading}
        onChange={({ target }) => {
          void file.read(target.files?.[0]);
          target.value = '';
        }}
      />
      <span>{file.isReading ? t('area.reading') : t('area.file')}</span>
    </label>
  );
}

function DrawButton({ draft, drawing, onDraw }: Props) {
  const isDrawing = drawing !== null;
  return (
    <button
      type="button"
      className={isDrawing ? 'button button-pressed' : 'button'}
      aria-pressed={isDrawing}
      onClick={() => onDraw(isDrawing ? null : draft.kind)}
    >
      {t(isDrawing ? 'area.drawing' : 'area.draw')}
    </button>
  );
}

function Size({ checked, shapeName }: { checked: CheckedArea; shapeName: string | null }) {
  if (checked.hectares === null) return null;
  const pixels = formatCount(Math.round(checked.hectares * 100));
  return (
    <p className="area-size">
      <strong>{formatHectares(checked.hectares)}</strong> <span>{t('area.pixels', { pixels })}</span>
      {shapeName && <span className="area-name">{shapeName}</span>}
    </p>
  );
}

/** Where: a circle, a polygon, or a file. */
export function AreaFields(props: Props) {
  const { draft, change, checked, serverProblem, drawing, onDraw } = props;
  const file = useFile(props);
  const [isOver, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void file.read(event.dataTransfer.files[0]);
  };
  const problem = checked?.problem ?? serverProblem;
  return (
    <fieldset
      className="area-fields"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <legend>{t('area.title')}</legend>
      <Choice
        label={t('area.kind')}
        hideLabel
        value={draft.kind}
        onChange={(kind) => {
          change({ kind });
          if (drawing) onDraw(kind);
        }}
        options={[
          { value: 'circle', label: t('area.circle') },
          { value: 'polygon', label: t('area.polygon') },
        ]}
      />
      {draft.kind === 'circle' && <CircleFields {...props} />}
      <div className="actions">
        <DrawButton {...props} />
        <FileField file={file} />
        {(draft.shape !== null || draft.lon !== '') && (
          <button type="button" className="button button-quiet" onClick={() => change((now) => withArea(now, null))}>
            {t('area.clear')}
          </button>
        )}
      </div>
      <p className="quiet">{drawing ? t(`area.how.${drawing}`) : t('area.drop')}</p>
      {checked && <Size checked={checked} shapeName={draft.shapeName} />}
      {problem && <Notice tone="error" title={problem} />}
      {file.problem && <Notice tone="error" title={file.problem} />}
    </fieldset>
  );
}
