import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type FormEvent } from 'react';
import { ApiError } from '../api/api-error.ts';
import { processQuery } from '../api/queries.ts';
import type { ProcessDescription } from '../api/types.ts';
import { t } from '../i18n/t.ts';
import type { Bbox, DrawKind } from '../map/types.ts';
import { useOnStage } from '../stage/stage.ts';
import { ErrorNotice, RetryNotice } from '../ui/notice.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { useDebounced } from '../ui/use-debounced.ts';
import { AreaFields } from './area-fields.tsx';
import { checkDraft, type Checks } from './check-draft.ts';
import { ChoiceFields } from './choice-fields.tsx';
import { withDefaults } from './defaults.ts';
import { areaOf, inputsOf, withArea, type Draft, type Inputs } from './draft.ts';
import { QuoteCard } from './quote-card.tsx';
import { useDraft } from './use-draft.ts';
import { useRules } from './use-rules.ts';
import { useSubmit } from './use-submit.ts';

const quoteDelayMs = 700;

/** The inputs once nothing is wrong with them. */
function sendable(draft: Draft, { area, yearProblem, isOutside }: Checks): Inputs | null {
  const isFine = area?.problem === null && yearProblem === null && (!isOutside || draft.acceptOutsideModel);
  return isFine ? inputsOf(draft) : null;
}

/** The box to look at: that of an area which came from elsewhere than the map. */
function useFit(bbox: Bbox | null | undefined, wasDrawn: boolean): Bbox | null {
  const key = bbox && !wasDrawn ? bbox.join() : '';
  return useMemo(() => (key === '' ? null : (key.split(',').map(Number) as Bbox)), [key]);
}

function Form({ process }: { process: ProcessDescription }) {
  const control = useDraft();
  const { change } = control;
  const draft = useMemo(() => withDefaults(control.draft, process, new Date()), [control.draft, process]);
  const { rules, isMissing, retry } = useRules();
  const [drawing, setDrawing] = useState<DrawKind | null>(null);
  const [wasDrawn, setDrawn] = useState(false);
  const { kind, lon, lat, radius, shape, season, year, model } = draft;
  const area = useMemo(() => areaOf({ kind, lon, lat, radius, shape }), [kind, lon, lat, radius, shape]);
  const checks = useMemo(
    () => checkDraft(rules, process, { area, season, year, model }),
    [rules, process, area, season, year, model],
  );
  const inputs = sendable(draft, checks);
  const text = JSON.stringify(inputs);
  const settled = useDebounced(text, quoteDelayMs);
  const asked = useMemo(() => JSON.parse(settled) as Inputs | null, [settled]);
  const submit = useSubmit({ draft, change });
  useOnStage({
    area,
    editable: true,
    onArea: (next) => {
      setDrawn(true);
      change((now) => withArea(now, next));
    },
    draw: drawing,
    onDrawEnd: () => setDrawing(null),
    radius: Number(draft.radius) || undefined,
    fit: useFit(checks.area?.bbox, wasDrawn),
  });
  useEffect(() => {
    if (drawing === null) return;
    const stop = (event: KeyboardEvent) => event.key === 'Escape' && setDrawing(null);
    addEventListener('keydown', stop);
    return () => removeEventListener('keydown', stop);
  }, [drawing]);
  const serverField = (name: string) =>
    submit.error instanceof ApiError && submit.error.field === name ? submit.error.message : null;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (inputs) submit.mutate(inputs);
  };
  const isFieldError = ['aoi', 'season', 'year', 'model', 'source'].some((name) => serverField(name) !== null);
  return (
    <form className="form" onSubmit={send} noValidate>
      <AreaFields
        draft={draft}
        change={(next) => {
          setDrawn(false);
          change(next);
        }}
        checked={checks.area}
        serverProblem={serverField('aoi')}
        limits={process.limits}
        drawing={drawing}
        onDraw={setDrawing}
      />
      <ChoiceFields draft={draft} change={change} process={process} checks={checks} serverField={serverField} />
      <QuoteCard inputs={inputs === null ? null : asked} isSettling={inputs !== null && text !== settled} />
      {submit.isError && !isFieldError && <ErrorNotice error={submit.error} />}
      {isMissing && <RetryNotice title={t('new.incomplete')} onRetry={retry} />}
      <div className="send">
        <button type="submit" className="button button-main" disabled={inputs === null || submit.isPending}>
          {submit.isPending ? t('new.sending') : t('new.send')}
        </button>
        {inputs === null && <p className="quiet">{t('new.missing')}</p>}
      </div>
    </form>
  );
}

/** The form of a new map. */
export function NewJob() {
  const process = useQuery(processQuery);
  return (
    <>
      <PageTitle title={t('new.title')}>
        <p className="quiet">{t('new.intro')}</p>
      </PageTitle>
      {process.data && <Form process={process.data} />}
      {!process.data && process.error && <ErrorNotice error={process.error} onRetry={() => void process.refetch()} />}
      {process.isPending && <p className="quiet">{t('loading')}</p>}
    </>
  );
}
