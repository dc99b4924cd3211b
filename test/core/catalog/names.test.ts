import { describe, expect, it } from 'vitest';
import { OciError } from 'oci-client';
import { parseName } from '../../../core/catalog/names.ts';

const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseName', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest', 'docker.io/nginx:latest'],
    ['nginx:1.27', 'docker.io/library/nginx:1.27', 'docker.io/nginx:1.27'],
    ['library/nginx', 'docker.io/library/nginx:latest', 'docker.io/library/nginx:latest'],
    ['docker.io/nginx:1', 'docker.io/library/nginx:1', 'docker.io/nginx:1'],
    ['docker.io/library/nginx:1', 'docker.io/library/nginx:1', 'docker.io/library/nginx:1'],
    ['index.docker.io/nginx:1', 'docker.io/library/nginx:1', 'docker.io/nginx:1'],
    ['dockerhub/nginx:1', 'docker.io/library/nginx:1', 'docker.io/nginx:1'],
    ['grafana/grafana', 'docker.io/grafana/grafana:latest', 'docker.io/grafana/grafana:latest'],
    ['localhost/app:1', 'localhost/app:1', 'localhost/app:1'],
    ['localhost:5000/app', 'localhost:5000/app:latest', 'localhost:5000/app:latest'],
    ['r.example/a/b/c:x', 'r.example/a/b/c:x', 'r.example/a/b/c:x'],
    ['r.example/library/app:1', 'r.example/library/app:1', 'r.example/library/app:1'],
    [`nginx@${DIGEST}`, `docker.io/library/nginx@${DIGEST}`, `docker.io/nginx@${DIGEST}`],
  ])('reads %s', (text, canonical, fulltag) => {
    expect(parseName(text)).toMatchObject({ canonical, fulltag });
  });

  it('keeps both a tag and the digest beside it', () => {
    expect(parseName(`r.example/app:1@${DIGEST}`)).toMatchObject({
      registry: 'r.example',
      repository: 'app',
      tag: '1',
      digest: DIGEST,
      fulltag: 'r.example/app:1',
    });
  });

  it('has no tag where only a digest was given', () => {
    expect(parseName(`r.example/app@${DIGEST}`)).toMatchObject({ tag: undefined, digest: DIGEST });
  });

  it('finds the same image by each spelling', () => {
    const spellings = ['nginx', 'library/nginx', 'docker.io/nginx:latest', 'dockerhub/nginx'];
    const found = spellings.map((text) => {
      const { registry, repository, tag } = parseName(text);
      return `${registry} ${repository} ${tag}`;
    });
    expect(new Set(found).size).toBe(1);
  });

  it.each(['', ' ', 'UPPER', 'a b', 'a:b:c', 'nginx@sha256:12', 'r.example/', 'a//b', '\u0000'])(
    'refuses %j',
    (text) => {
      expect(() => parseName(text)).toThrow(OciError);
      expect(() => parseName(text)).toThrow(expect.objectContaining({ code: 'invalid_reference' }));
    },
  );
});
