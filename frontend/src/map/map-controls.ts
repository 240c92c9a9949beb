import Attribution from 'ol/control/Attribution.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import Zoom from 'ol/control/Zoom.js';
import { t } from '../i18n/t.ts';

const zoomMs = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200);

/** Zoom buttons with names, a scale bar and who made the base map. */
export function mapControls() {
  const zoom = new Zoom({
    zoomInTipLabel: t('mapView.zoomIn'),
    zoomOutTipLabel: t('mapView.zoomOut'),
    zoomInLabel: symbol('+', t('mapView.zoomIn')),
    zoomOutLabel: symbol('−', t('mapView.zoomOut')),
    duration: zoomMs(),
  });
  return [zoom, new ScaleLine({ minWidth: 70 }), new Attribution({ collapsible: false })];
}

function symbol(sign: string, name: string): HTMLElement {
  const element = document.createElement('span');
  element.textContent = sign;
  element.setAttribute('aria-label', name);
  element.setAttribute('role', 'img');
  return element;
}
