import { useQuery, useQueryClient } from '@tanstack/react-query';
import { quoteQuery } from '../api/queries.ts';
import type { Quote } from '../api/types.ts';
import {
  formatBytes,
  formatCount,
  formatDay,
  formatDuration,
  formatDurationRange,
  formatPercent,
} from '../i18n/format.ts';
import { t, tn } from '../i18n/t.ts';
import { errorText, Notice } from '../ui/notice.tsx';
import { ProgressBar } from '../ui/progress-bar.tsx';
import type { Inputs } from './draft.ts';

function Fact({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value}
        {note && <span className="fact-note">{note}</span>}
      </dd>
    </div>
  );
}

function clearestText({ clearest }: Quote): string | null {
  if (!clearest) return null;
  const day = formatDay(clearest.datetime);
  if (clearest.cloudCover === null) return day;
  return t('progress.clearestCloud', { day, cloud: formatPercent(clearest.cloudCover) });
}

function QuoteFacts({ quote }: { quote: Quote }) {
  const { seconds, secondsLow, secondsHigh, basis, workers, quota } = quote;
  const clearest = clearestText(quote);
  return (
    <>
      <dl className="facts facts-large">
        <Fact
          name={t('quote.time')}
          value={formatDuration(seconds)}
          note={formatDurationRange(secondsLow, secondsHigh)}
        />
        <Fact name={t('quote.data')} value={formatBytes(quote.bytes)} />
        <Fact
          name={t('quote.scenes')}
          value={formatCount(quote.scenes)}
          note={t('quote.dekads', { seen: formatCount(quote.seenDekads), all: formatCount(quote.expectedDekads) })}
        />
        <Fact name={t('quote.chunks')} value={formatCount(quote.chunks)} note={tn('quote.workers', workers)} />
        {clearest && <Fact name={t('progress.clearest')} value={clearest} />}
        {quota && (
          <Fact
            name={t('quota.label')}
            value={t(quota.open ? 'quota.open' : 'quota.ever', {
              used: formatCount(quota.used),
              limit: formatCount(quota.limit),
            })}
          />
        )}
      </dl>
      <p className="quiet">{t(basis === 'past runs' ? 'quote.fromPast' : 'quote.fromNow')}</p>
      {quote.warnings.map((warning) => (
        <Notice key={warning} tone="warning" title={warning} />
      ))}
    </>
  );
}

interface Asked {
  inputs: Inputs | null;
  /** The request still changes. */
  isSettling: boolean;
}

function useQuote({ inputs, isSettling }: Asked) {
  const client = useQueryClient();
  const options = quoteQuery(inputs);
  const { data, error, isFetching, refetch } = useQuery(options);
  const isAsking = inputs !== null && (isFetching || isSettling);
  return {
    data,
    error,
    isAsking,
    isWaiting: inputs === null,
    ask: () => void refetch(),
    stop: () => void client.cancelQueries({ queryKey: options.queryKey }),
  };
}

function StopButton({ onStop }: { onStop: () => void }) {
  return (
    <button type="button" className="button button-small" onClick={onStop}>
      {t('quote.stop')}
    </button>
  );
}

/** The answer, or why there is none; one that failed or was stopped can be asked for again. */
function QuoteAnswer({ data, error, ask }: Pick<ReturnType<typeof useQuote>, 'data' | 'error' | 'ask'>) {
  if (data && !error) return <QuoteFacts quote={data} />;
  return (
    <>
      {error && <Notice tone="error" title={errorText(error)} />}
      <button type="button" className="button button-small" onClick={ask}>
        {t('quote.ask')}
      </button>
    </>
  );
}

function QuoteBody({ quote }: { quote: ReturnType<typeof useQuote> }) {
  if (quote.isWaiting) return <p className="quiet">{t('quote.waiting')}</p>;
  if (!quote.isAsking) return <QuoteAnswer {...quote} />;
  return (
    <>
      <ProgressBar label={t('quote.asking')} percent={null} />
      <p className="quiet">{t('quote.asking')}</p>
    </>
  );
}

/** What a job would cost, asked for by itself once the request is whole. */
export function QuoteCard(asked: Asked) {
  const quote = useQuote(asked);
  return (
    <section className="card quote" aria-labelledby="quote-title" aria-busy={quote.isAsking}>
      <div className="progress-head">
        <h2 id="quote-title">{t('quote.title')}</h2>
        {quote.isAsking && <StopButton onStop={quote.stop} />}
      </div>
      <QuoteBody quote={quote} />
    </section>
  );
}
