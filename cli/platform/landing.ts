import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Report } from '#shared/domain/report.ts';
import { escapeXml } from '#shared/raster/pam.ts';

/** The public files of the demo: its scenes and labels are public data. */
const demoFiles: Record<string, string> = {
  'map.tif': 'image/tiff',
  'map.png': 'image/png',
  'report.json': 'application/json',
  'item.json': 'application/geo+json',
};

export interface LandingContent {
  /** Folder of the demo's result; null while there is none. */
  demoFolder: () => string | null;
  /** The OpenAPI document of the whole API. */
  apiDocument: () => Promise<unknown>;
}

/** The classes of the demo with their colours and hectares, largest first. */
function legend({ classes }: Report): string {
  const rows = classes.filter(({ pixels }) => pixels > 0).sort((a, b) => b.pixels - a.pixels);
  const row = ({ title, color, hectares }: Report['classes'][number]) =>
    `<li><svg width="14" height="14" aria-hidden="true"><rect width="14" height="14" fill="${color}"/></svg> ${escapeXml(title)}, ${hectares.toFixed(1)} ha</li>`;
  return `<ul class="legend">${rows.map(row).join('')}</ul>`;
}

const page = (demo: Report | null) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GeoCrop</title>
<link rel="stylesheet" href="/landing.css">
</head>
<body>
<main>
<h1>GeoCrop</h1>
<p>Crop maps from Sentinel-2, on your own machine.</p>
${
  demo
    ? `<figure>
<img src="/demo/map.png" width="384" height="384" alt="Map of 600 metres of Flanders in 2019: winter cereal orange, grassland green, maize yellow, other grey">
<figcaption>The demo: 600 metres of Flanders, 2019. Contains modified Copernicus Sentinel data 2019.</figcaption>
</figure>
${legend(demo)}
<ul>
<li><a href="/demo/map.tif">map.tif</a>: classes and confidence, Cloud Optimized GeoTIFF</li>
<li><a href="/demo/report.json">report.json</a>: hectares, pixels, scenes, times</li>
<li><a href="/demo/item.json">item.json</a>: STAC item with its sources</li>
</ul>`
    : '<p>The demo is being mapped; reload this page in a moment.</p>'
}
<h2>The API</h2>
<p><a href="/api">OpenAPI 3.1 document</a> - <a href="/processes/crop-map">the process crop-map</a>, its inputs, sources and models.</p>
<p>From the command line: <code>geocrop login</code>, <code>geocrop jobs submit --help</code>.</p>
</main>
</body>
</html>
`;

const css = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}main{max-width:44rem;margin:2rem auto;padding:0 1rem}img{image-rendering:pixelated;max-width:100%;height:auto}figure{margin:0}.legend{list-style:none;padding:0}figcaption{font-size:.875rem}code{font-size:.9em}`;

const headers = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; img-src 'self'; style-src 'self'; frame-ancestors 'none'",
};

/** Answers what no function owns: the front page, the demo's files, the API's document. */
export function landingHandler(content: LandingContent) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response, content).catch(() => send(response, 500, 'text/plain', 'something failed'));
  };
}

async function answer(
  { method, url }: IncomingMessage,
  response: ServerResponse,
  content: LandingContent,
): Promise<void> {
  const path = (url ?? '/').split('?')[0];
  if (method !== 'GET' && method !== 'HEAD')
    return problem(response, 405, 'Method not allowed', `${method} is not possible here`, path);
  const folder = content.demoFolder();
  if (path === '/')
    return send(response, 200, 'text/html; charset=utf-8', page(folder === null ? null : await readReport(folder)));
  if (path === '/landing.css') return send(response, 200, 'text/css', css);
  if (path === '/api')
    return send(
      response,
      200,
      'application/vnd.oai.openapi+json;version=3.1',
      JSON.stringify(await content.apiDocument()),
    );
  const name = /^\/demo\/([a-z.]+)$/.exec(path)?.[1];
  if (folder && name && name in demoFiles)
    return send(response, 200, demoFiles[name], await readFile(join(folder, name)));
  problem(response, 404, 'Not found', `there is nothing at ${path.slice(0, 300)}`, path);
}

const readReport = async (folder: string): Promise<Report> =>
  JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'));

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

function problem(response: ServerResponse, status: number, title: string, detail: string, instance: string): void {
  const code = status === 404 ? 'not-found' : 'method-not-allowed';
  send(
    response,
    status,
    'application/problem+json',
    JSON.stringify({ type: `/problems/${code}`, title, status, detail, instance, code }),
  );
}
