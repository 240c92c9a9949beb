import type { ReactNode } from 'react';
import { ApiError, isLost } from '../api/api-error.ts';
import { t } from '../i18n/t.ts';

type Tone = 'plain' | 'warning' | 'error' | 'good';

export function Notice({ tone = 'plain', title, children }: { tone?: Tone; title?: string; children?: ReactNode }) {
  return (
    <div className={`notice notice-${tone}`} role={tone === 'error' ? 'alert' : undefined}>
      {title && <p className="notice-title">{title}</p>}
      {children}
    </div>
  );
}

/** The server's sentences begin small. */
export const sentence = (text: string) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

/** What an error says to a person. */
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('error.unexpected');
  return isLost(error) ? t('error.lost') : sentence(error.message);
}

export function RetryNotice({ title, onRetry }: { title: string; onRetry: () => void }) {
  return (
    <Notice tone="error" title={title}>
      <button type="button" className="button" onClick={onRetry}>
        {t('action.tryAgain')}
      </button>
    </Notice>
  );
}

export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const title = errorText(error);
  return onRetry ? <RetryNotice title={title} onRetry={onRetry} /> : <Notice tone="error" title={title} />;
}
