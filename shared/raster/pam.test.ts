import { expect, test } from 'vitest';
import { escapeXml, pamXml } from './pam.ts';

test('XML is escaped, and what XML cannot carry is replaced', () => {
  expect(escapeXml('a & <b> "c"')).toBe('a &amp; &lt;b&gt; &quot;c&quot;');
  expect(escapeXml('x\u0000y\u001f\ud800z 😀')).toBe('x\ufffdy\ufffd\ufffdz 😀');
});

test('categories by pixel value, no colour table unless it is asked for', () => {
  expect(pamXml({ categories: ['no data', 'maize'] })).toBe(`<PAMDataset>
  <PAMRasterBand band="1">
    <CategoryNames>
      <Category>no data</Category>
      <Category>maize</Category>
    </CategoryNames>
  </PAMRasterBand>
</PAMDataset>
`);
});
