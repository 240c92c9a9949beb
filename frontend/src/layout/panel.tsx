import { useState, type ReactNode } from 'react';
import { t } from '../i18n/t.ts';
import type { LonLat } from '../map/types.ts';
import { useStage } from '../stage/stage.ts';

/** The page's own part beside the map; on a phone a sheet at the bottom that can be pushed down. */
export function Panel({ children }: { children: ReactNode }) {
  const { pixel } = useStage();
  const [closed, setClosed] = useState<{ pixel: LonLat | null } | null>(null);
  // What is asked for on the map after it was pushed down opens it again: the answer is told here.
  const isOpen = closed === null || (pixel !== null && pixel !== closed.pixel);
  const setOpen = (open: boolean) => setClosed(open ? null : { pixel });
  return (
    <main className="panel" data-open={isOpen}>
      <button
        type="button"
        className="sheet-handle"
        aria-expanded={isOpen}
        aria-controls="panel"
        onClick={() => setOpen(!isOpen)}
      >
        <span className="visually-hidden">{isOpen ? t('panel.close') : t('panel.open')}</span>
      </button>
      <div className="panel-content" id="panel" tabIndex={-1} onFocus={() => setOpen(true)}>
        {children}
      </div>
    </main>
  );
}
