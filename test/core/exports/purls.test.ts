import { describe, expect, it } from 'vitest';
import { exportedPurl, purlName, referenceOf } from '../../../core/exports/purls.ts';
import { BIND, LIBC, LODASH } from './samples.ts';

describe('a package URL', () => {
  it.each([
    ['pkg:npm/lodash@4.17.20', '', 'lodash'],
    ['pkg:npm/%40angular/core@17.3.0', '@angular', 'core'],
    ['pkg:golang/github.com/gin-gonic/gin@v1.9.1', 'github.com/gin-gonic', 'gin'],
    [
      'pkg:maven/org.apache.commons/commons-text@1.9?type=jar',
      'org.apache.commons',
      'commons-text',
    ],
    ['pkg:deb/debian/libc6@2.36?upstream=glibc%402.36', 'debian', 'libc6'],
    ['pkg:swift/github.com/a/b@1#sub/path', 'github.com/a', 'b'],
    ['pkg:gem/x', '', 'x'],
    ['pkg:gem/%zz@1', '', '%zz'],
    ['pkg:gem', '', ''],
    ['', '', ''],
  ])('%s has namespace "%s" and name "%s"', (purl, namespace, name) => {
    expect(purlName(purl)).toEqual({ namespace, name });
  });

  it('names the source of an rpm as its file is named', () => {
    expect(exportedPurl(BIND)).toMatch(/&upstream=bind-9\.16\.23-18\.el9\.src\.rpm$/);
    expect(exportedPurl({ ...BIND, source: undefined })).toBe(BIND.purl);
    const named = { ...BIND, source: { name: '$& $1', version: '1-1' } };
    expect(exportedPurl(named)).toMatch(/&upstream=%24%26%20%241-1-1\.src\.rpm$/);
    expect(exportedPurl(LIBC)).toBe(LIBC.purl);
    expect(exportedPurl(LODASH)).toBe(LODASH.purl);
  });
});

describe('the name of an image', () => {
  it.each([
    ['docker.io/library/alpine:3.20', 'docker.io/library/alpine', '3.20'],
    ['localhost:5000/app', 'localhost:5000/app', undefined],
    ['localhost:5000/app:1', 'localhost:5000/app', '1'],
    ['r.example/app@sha256:00', 'r.example/app', undefined],
    ['r.example/app:1@sha256:00', 'r.example/app', '1'],
    ['', '', undefined],
  ])('%s is %s with tag %s', (reference, repository, tag) => {
    expect(referenceOf(reference)).toEqual({ repository, tag });
  });
});
