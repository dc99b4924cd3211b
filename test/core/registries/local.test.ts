import { describe, expect, it } from 'vitest';
import { isLocal, parseLocal } from '../../../core/registries/local.ts';

describe('a reference to a folder or an archive', () => {
  it.each<[string, string, string, string, string]>([
    ['oci:/tmp/image', 'layout', '/tmp/image', 'latest', 'image:latest'],
    ['oci:/tmp/Image_1.2:v1', 'layout', '/tmp/Image_1.2', 'v1', 'image-1-2:v1'],
    ['oci:/a:b/c:v1', 'layout', '/a:b/c', 'v1', 'c:v1'],
    ['oci:/', 'layout', '/', 'latest', 'image:latest'],
    ['oci-archive:/tmp/image.tar', 'oci-archive', '/tmp/image.tar', '', 'image:latest'],
    ['oci-archive:/tmp/image.tar:v1', 'oci-archive', '/tmp/image.tar', 'v1', 'image:v1'],
    [
      'oci-archive:/x.tar:docker.io/library/app:1',
      'oci-archive',
      '/x.tar',
      'docker.io/library/app:1',
      'x/docker-io/library/app:1',
    ],
    ['docker-archive:/x.tar', 'docker-archive', '/x.tar', '', 'x:latest'],
    ['docker-archive:/x.tar:app', 'docker-archive', '/x.tar', 'app', 'x/app:latest'],
    ['docker-archive:/x.tar:app:1', 'docker-archive', '/x.tar', 'app:1', 'x/app:1'],
    [
      'docker-archive:/x.tar:h:5000/app',
      'docker-archive',
      '/x.tar',
      'h:5000/app',
      'x/h-5000/app:latest',
    ],
    ['docker-archive:/x.tar:@1', 'docker-archive', '/x.tar', '@1', 'x/1:latest'],
    ['docker-archive:/-.tar:-/-', 'docker-archive', '/-.tar', '-/-', 'image:latest'],
  ])('%s is read', (reference, kind, path, wanted, name) => {
    expect(isLocal(reference)).toBe(true);
    const fulltag = `layout.invalid/${name}`;
    expect(parseLocal(reference)).toMatchObject({ kind, path, wanted, name: { fulltag } });
  });

  it('has a recorded name that is not longer than a name may be', () => {
    const { name } = parseLocal(`docker-archive:/${'f'.repeat(250)}.tar:${'a'.repeat(250)}:1`);
    expect(name.repository).toHaveLength(255);
    const cut = parseLocal(`docker-archive:/${'f'.repeat(254)}.tar:a:1`);
    expect(cut.name.repository).toBe('f'.repeat(254));
  });

  it.each([
    'oci:',
    'oci:image',
    'oci:/a\0b',
    'oci-archive:',
    'oci-archive:image.tar',
    'oci-archive:/image.tar:',
    'oci-archive:/a\0b',
    'docker-archive:image.tar:app:1',
    'docker-archive:/image.tar:a b',
    'docker-archive:/image.tar:größe',
    `docker-archive:/image.tar:${'a'.repeat(256)}`,
  ])('%j is refused', (reference) => {
    expect(isLocal(reference)).toBe(true);
    expect(() => parseLocal(reference)).toThrow(
      expect.objectContaining({ code: 'invalid_reference', status: 400 }),
    );
  });

  it.each(['nginx', 'oci/x', 'docker-archive', 'x-oci:/a', 'OCI:/a', 'tar:/a', ''])(
    '%j is none',
    (reference) => {
      expect(isLocal(reference)).toBe(false);
    },
  );
});
