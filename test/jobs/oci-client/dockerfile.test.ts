import { describe, expect, it } from 'vitest';
import { guessDockerfile } from '../../../jobs/oci-client/dockerfile.ts';
import type { ImageConfig } from '../../../jobs/oci-client/types.ts';
import { mutations } from '../catalogers/support.ts';
import { cpuMs } from '../../support/cpu.ts';

function configOf(createdBy: readonly string[], config: ImageConfig['config'] = {}): ImageConfig {
  const history = createdBy.map((text) => ({ created_by: text }));
  return { architecture: 'amd64', os: 'linux', diffIds: [], history, config };
}

/** The lines after `FROM scratch`. */
function guess(createdBy: readonly string[], config: ImageConfig['config'] = {}) {
  const text = guessDockerfile(configOf(createdBy, config));
  expect(text).toMatch(/^FROM scratch\n/);
  expect(text.endsWith('\n')).toBe(true);
  return text.split('\n').slice(1, -1);
}

describe('history of the classic builder', () => {
  it.each([
    ['/bin/sh -c #(nop) ADD file:1a2b in / ', 'ADD file:1a2b in /'],
    ['/bin/sh -c #(nop)  CMD ["bash" "-l"]', 'CMD ["bash" "-l"]'],
    ['/bin/sh -c #(nop) COPY dir:3c in /app', 'COPY dir:3c in /app'],
    ['/bin/sh -c #(nop) MAINTAINER A <a@b.c>', 'MAINTAINER A <a@b.c>'],
    ['/bin/sh -c #(nop)  EXPOSE map[80/tcp:{} 443/tcp:{}]', 'EXPOSE 80/tcp 443/tcp'],
    ['/bin/sh -c #(nop)  EXPOSE 80', 'EXPOSE 80'],
    ['/bin/sh -c apt-get update', 'RUN /bin/sh -c apt-get update'],
    ['/bin/sh -c set -ex; \tmake\n\tinstall', 'RUN /bin/sh -c set -ex; \tmake install'],
    ['|1 A=hello world /bin/sh -c make', 'RUN /bin/sh -c make'],
    ['|2 A=1 B=2 /bin/bash -c make', 'RUN /bin/bash -c make'],
    ['|2 A=1 /bin/bash -c make', 'RUN |2 A=1 /bin/bash -c make'],
    ['/bin/bash -o pipefail -c make', 'RUN /bin/bash -o pipefail -c make'],
  ])('%j is %j', (createdBy, line) => {
    expect(guess([createdBy])).toEqual([line]);
  });
});

describe('history of BuildKit', () => {
  it.each([
    ['RUN /bin/sh -c apt-get update # buildkit', 'RUN apt-get update'],
    ['RUN |1 VERSION=1.2 /bin/sh -c make v=1 # buildkit', 'RUN make v=1'],
    ['RUN |1 MSG=two words /bin/sh -c make # buildkit', 'RUN make'],
    ['RUN /bin/bash -c make # buildkit', 'RUN /bin/bash -c make'],
    ['RUN /bin/sh -c a && \\\n    b # buildkit', 'RUN a && b'],
    ['COPY src dst # buildkit', 'COPY src dst'],
    ['ADD rootfs.tar.gz / # buildkit', 'ADD rootfs.tar.gz /'],
    ['USER app', 'USER app'],
    ['ENV A=b c', 'ENV A=b c'],
    ['ARG VERSION=1', 'ARG VERSION=1'],
    ['WORKDIR /x', 'WORKDIR /x'],
    ['LABEL maintainer=A <a@b.c>', 'LABEL maintainer=A <a@b.c>'],
    ['STOPSIGNAL SIGQUIT', 'STOPSIGNAL SIGQUIT'],
    ['ONBUILD RUN make', 'ONBUILD RUN make'],
    ['EXPOSE map[22/tcp:{}]', 'EXPOSE 22/tcp'],
    [
      'EXPOSE map[443/tcp:{} 53/udp:{} 53/tcp:{} 8080/tcp:{}]',
      'EXPOSE 53/tcp 53/udp 443/tcp 8080/tcp',
    ],
    ['EXPOSE [8080/tcp 22/tcp]', 'EXPOSE 22/tcp 8080/tcp'],
    ['EXPOSE 22/tcp', 'EXPOSE 22/tcp'],
    ['VOLUME [/data /log]', 'VOLUME /data /log'],
    ['VOLUME ["/data"]', 'VOLUME ["/data"]'],
    ['ENTRYPOINT ["x"]', 'ENTRYPOINT ["x"]'],
    ['CMD ["nginx" "-g" "daemon off;"]', 'CMD ["nginx", "-g", "daemon off;"]'],
    ['CMD ["a\\"b" "\\x41\\u00e9\\n"]', 'CMD ["a\\"b", "Aé\\n"]'],
    ['CMD []', 'CMD []'],
    ['CMD ["unclosed', 'CMD ["unclosed'],
    ['SHELL [/bin/bash -c]', 'SHELL [/bin/bash -c]'],
    [
      'HEALTHCHECK &{["CMD" "curl" "-f" "http://x/]"] "30s" "5s" "0s" "0s" \'\\x03\'}',
      'HEALTHCHECK CMD ["curl", "-f", "http://x/]"]',
    ],
    [
      'HEALTHCHECK &{["CMD-SHELL" "curl localhost || exit 1"] "0s" "0s" "0s" "0s" \'\\x00\'}',
      'HEALTHCHECK CMD curl localhost || exit 1',
    ],
    ['HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" \'\\x00\'}', 'HEALTHCHECK NONE'],
    ['HEALTHCHECK &{[', 'HEALTHCHECK &{['],
    ['bazel build //:image', 'RUN bazel build //:image'],
  ])('%j is %j', (createdBy, line) => {
    expect(guess([createdBy])).toEqual([line]);
  });
});

describe('guessDockerfile', () => {
  it('keeps the order and skips entries without text', () => {
    const config = configOf(['', ' \n', 'COPY a b', '/bin/sh -c #(nop) ', 'USER x']);
    const withGaps = { ...config, history: [{ comment: 'imported' }, ...config.history] };
    expect(guessDockerfile(withGaps)).toBe('FROM scratch\nCOPY a b\nUSER x\n');
  });

  it('adds what only the configuration tells', () => {
    expect(guess([], {
      user: '65532',
      exposedPorts: ['8443/tcp', '80/tcp'],
      workingDir: '/app',
      entrypoint: ['/ko-app/server'],
      cmd: ['--port', '80'],
      env: ['PATH=/bin', 'MESSAGE=two words'],
      volumes: ['/data'],
      labels: { 'org.example.text': 'one\ntwo' },
    })).toEqual([
      'ENV PATH="/bin"',
      'ENV MESSAGE="two words"',
      'LABEL "org.example.text"="one\\ntwo"',
      'EXPOSE 80/tcp 8443/tcp',
      'VOLUME ["/data"]',
      'WORKDIR /app',
      'USER 65532',
      'ENTRYPOINT ["/ko-app/server"]',
      'CMD ["--port", "80"]',
    ]);
  });

  it('adds no instruction that the history told of', () => {
    const lines = guess(['USER app', '/bin/sh -c #(nop) EXPOSE 80', 'USERADD x'], {
      user: 'app',
      exposedPorts: ['80/tcp'],
      workingDir: '',
      env: [],
    });
    expect(lines).toEqual(['USER app', 'EXPOSE 80', 'RUN USERADD x']);
  });

  it('cannot be made to say more lines than there are instructions', () => {
    const lines = guess(['COPY a b\r\nUSER root\n\nEXPOSE 22'], { user: 'a\nEXPOSE 23' });
    expect(lines).toEqual(['COPY a b USER root EXPOSE 22', 'USER a EXPOSE 23']);
  });

  it('ends with the last whole line that a report can hold', () => {
    const long = 'x'.repeat(3_000_000);
    const lines = guess([`COPY ${long} /`, `RUN ${long}`, 'USER app']);
    expect(lines.map((line) => line.slice(0, 4))).toEqual(['COPY']);
  });

  it('decides about long hostile text at once', () => {
    const start = cpuMs();
    guess([
      `CMD [${'"\\'.repeat(200_000)}`,
      `HEALTHCHECK &{[${'"" '.repeat(200_000)}`,
      `EXPOSE map[${' :{}'.repeat(200_000)}]`,
      ` ${'\\\n'.repeat(200_000)}x`,
      `|9999 ${'a '.repeat(200_000)}`,
    ]);
    expect(cpuMs() - start).toBeLessThan(1500);
  });

  it('makes one line of whatever a history entry holds', () => {
    const samples = [
      'HEALTHCHECK &{["CMD" "curl" "-f"] "30s" "5s" "0s" \'\\x03\'}',
      'EXPOSE map[443/tcp:{} 53/udp:{}]',
      'RUN |1 VERSION=1.2 /bin/sh -c make # buildkit',
      'CMD ["a\\"b" "\\x41\\U0001f600"]',
    ];
    for (const sample of samples) {
      for (const bytes of mutations(sample, 9, 150)) {
        expect(guess([bytes.toString('latin1')]).length).toBeLessThanOrEqual(1);
      }
    }
  });
});
