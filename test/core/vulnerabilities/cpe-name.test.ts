import { describe, expect, it } from 'vitest';
import { type CpeName, parseCpeName } from '../../../core/vulnerabilities/cpe-name.ts';

const ANY: CpeName = {
  part: 'a',
  vendor: 'v',
  product: 'p',
  version: undefined,
  update: undefined,
  softwareEdition: undefined,
  targetSoftware: undefined,
};

describe('a name of the platform enumeration', () => {
  it.each<[string, CpeName]>([
    ['cpe:2.3:a:v:p:*:*:*:*:*:*:*:*', ANY],
    ['CPE:2.3:A:V:P:*:*:*:*:*:*:*:*', ANY],
    ['cpe:2.3:a:v:p:-:*:*:*:*:*:*:*', { ...ANY, version: null }],
    ['cpe:2.3:a:v:p:8:update_202:*:*:*:*:*:*', { ...ANY, version: '8', update: 'update_202' }],
    ['cpe:2.3:a:v:p:8:-:*:*:*:*:*:*', { ...ANY, version: '8', update: null }],
    ['cpe:2.3:a:v:p:1\\:2\\~3\\+4:*:*:*:*:*:*:*', { ...ANY, version: '1:2~3+4' }],
    ['cpe:2.3:a:v:http\\:\\:session2:*:*:*:*:*:perl:*:*', {
      ...ANY,
      product: 'http::session2',
      targetSoftware: 'perl',
    }],
    ['cpe:2.3:a:v:backpack\\\\crud:*:*:*:*:*:*:*:*', { ...ANY, product: 'backpack\\crud' }],
    ['cpe:2.3:a:v:what\\?\\*\\-:*:*:*:*:*:*:*:*', { ...ANY, product: 'what?*-' }],
    ['cpe:2.3:a:v:\\-:\\*:*:*:*:*:*:*:*', { ...ANY, product: '-', version: '*' }],
    ['cpe:2.3:o:v:p:1:*:*:*:lts:node.js:x64:*', {
      ...ANY,
      part: 'o',
      version: '1',
      softwareEdition: 'lts',
      targetSoftware: 'node.js',
    }],
  ])('is read of %s', (text, name) => {
    expect(parseCpeName(text)).toEqual(name);
  });

  it.each([
    '',
    'cpe:/a:v:p:1',
    'cpe:2.3:a:v:p:*:*:*:*:*:*:*',
    'cpe:2.3:a:v:p:*:*:*:*:*:*:*:*:*',
    'cpe:2.3:a:soap::lite_project:soap::lite:*:*:*:*:*:perl:*:*',
    'cpe:2.3:a:v::*:*:*:*:*:*:*:*',
    'cpe:2.3:a:*:p:*:*:*:*:*:*:*:*',
    'cpe:2.3:a:v:events_calendar*:*:*:*:*:*:*:*:*',
    'cpe:2.3:a:v:p:1.?:*:*:*:*:*:*:*',
    `cpe:2.3:a:v:${'p'.repeat(3000)}:*:*:*:*:*:*:*:*`,
    'cpe:2.3:a:v:p:*:*:*:*:*:*:*:\\',
  ])('is none in %j', (text) => {
    expect(parseCpeName(text)).toBeUndefined();
  });
});
