import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { apiServerFiles } from '../../../../core/cli/cluster/files.ts';
import { readOptions } from '../../../../core/cli/cluster/options.ts';

describe('readOptions', () => {
  it('fills up what is not said', () => {
    expect(readOptions(['setup', '--hosts', 'a,b', '--relay'])).toMatchObject({
      command: 'setup',
      hosts: ['a', 'b'],
      relay: true,
      webhook: false,
      cluster: 'local',
      namespace: 'tidewaiter',
      nodeDir: '/etc/kubernetes/tidewaiter',
    });
  });

  it.each([
    ['no command', [], /setup or doctor/],
    ['another command', ['repair'], /setup or doctor/],
    ['two commands', ['setup', 'doctor'], /setup or doctor/],
    ['an option there is not', ['setup', '--force'], /--force/],
    ['a policy there is not', ['setup', '--failure-policy', 'ignore'], /Ignore or Fail/],
  ])('refuses %s and says how it is used', (_, args, message) => {
    expect(() => readOptions(args)).toThrow(message);
    expect(() => readOptions(args)).toThrow(/usage: npm run cluster/);
  });
});

describe('apiServerFiles', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const client = {
    kubeconfig: JSON.stringify({
      clusters: [{ name: 'tidewaiter', cluster: { server: 'https://10.0.0.1:8443/imagepolicy' } }],
      users: [{
        name: 'blue',
        user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
      }],
    }),
    authority: 'CA',
    relay: { certificate: 'SERVER', key: 'SERVER KEY' },
  };
  const options = {
    nodeDir: '/files',
    defaultAllow: false,
    namespace: 'tidewaiter',
    server: 'https://10.0.0.1:8443',
    exempt: ['kube-system'],
  };

  it('are for both plugins of the API server', () => {
    const files = apiServerFiles(client, options);
    expect(Object.keys(files).sort()).toEqual([
      'admission.yaml',
      'kubeconfig',
      'webhooks-kubeconfig',
    ]);
    expect(parse(files['admission.yaml'] ?? '')).toMatchObject({
      kind: 'AdmissionConfiguration',
      plugins: [
        {
          name: 'ImagePolicyWebhook',
          configuration: {
            imagePolicy: { kubeConfigFile: '/files/kubeconfig', defaultAllow: false, denyTTL: 5 },
          },
        },
        {
          name: 'ValidatingAdmissionWebhook',
          configuration: { kubeConfigFile: '/files/webhooks-kubeconfig' },
        },
      ],
    });
    expect(parse(files['webhooks-kubeconfig'] ?? '')).toMatchObject({
      users: [{ name: 'tidewaiter-core.tidewaiter.svc' }, {
        name: 'tidewaiter-core.tidewaiter.svc:8443',
      }],
    });
  });

  it('lead to the relay where there is one', () => {
    const files = apiServerFiles(client, { ...options, relayUrl: 'https://127.0.0.1:9443' });
    expect(parse(files['kubeconfig'] ?? '')).toMatchObject({
      clusters: [{ cluster: { server: 'https://127.0.0.1:9443/imagepolicy' } }],
    });
    expect(parse(files['relay.yaml'] ?? '')).toMatchObject({
      host: '127.0.0.1',
      door_port: 9443,
      relay_core: 'https://10.0.0.1:8443',
      door_fail_mode: 'deny',
    });
    expect(files).toMatchObject({ 'client.crt': 'CERT', 'client.key': 'KEY', 'ca.crt': 'CA' });
    expect(files['exempt']).toMatch(/^kube-system$/m);
  });
});
