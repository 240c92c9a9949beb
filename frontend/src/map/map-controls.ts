import Attribution from 'ol/control/Attribution.js';
import ScaleLine from 'ol/control/ScaleLine.js';
import Zoom from 'ol/control/Zoom.js';
import { t } from '../i18n/t.ts';

const zoomMs = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200);

/** Where the names of all who made the layers would lie over the map, they open by a button. */
const isNarrow = () => matchMedia('(width <= 44rem)').matches;

/** Zoom buttons with names, a scale bar and who made the layers. */
export function mapControls() {
  const zoom = new Zoom({
    zoomInTipLabel: t('mapView.zoomIn'),
    zoomOutTipLabel: t('mapView.zoomOut'),
    zoomInLabel: symbol('+', t('mapView.zoomIn')),
    zoomOutLabel: symbol('−', t('mapView.zoomOut')),
    duration: zoomMs(),
  });
  const attribution = new Attribution({
    collapsible: isNarrow(),
    collapsed: isNarrow(),
    tipLabel: t('mapView.makers'),
    label: symbol('i', t('mapView.makers')),
    collapseLabel: symbol('×', t('mapView.makersClose')),
  });
  return [zoom, new ScaleLine({ minWidth: 70 }), attribution];
}

function symbol(sign: string, name: string): HTMLElement {
  const element = document.createElement('span');
  element.textContent = sign;
  element.setAttribute('aria-label', name);
  element.setAttribute('role', 'img');
  return element;
}
