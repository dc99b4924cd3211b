/**
 * What the test cluster changes of the shipped manifests: image names, a known password, and its
 * registries, which lie inside and speak plain http.
 *
 * @module
 */
import { stringify } from 'yaml';
import { PASSWORD } from '../support/core.ts';

/** What the cluster's cores encrypt passwords with. */
export const ENCRYPTION_KEY = 'a key for the test cluster';

interface Where {
  readonly host: string;
  readonly registry: string;
  readonly testRegistryPort: number;
}

/** Files of a kustomization beside a copy of `manifests/`. */
export function overlayOf({ host, registry, testRegistryPort }: Where): Record<string, string> {
  const config = {
    host: '0.0.0.0',
    log_format: 'json',
    log_level: 'debug',
    door_mode: 'audit',
    analysis_attempts: 6,
    registry_config_files: ['/etc/tidewaiter/registries/.dockerconfigjson'],
    registries: [{ registry, plain_http: true }, {
      registry: `${host}:${testRegistryPort}`,
      plain_http: true,
    }],
  };
  const patch = (kind: string, name: string, body: object) => ({
    target: { kind, name },
    patch: stringify({ apiVersion: 'v1', kind, metadata: { name }, ...body }),
  });
  return {
    'kustomization.yaml': stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: 'tidewaiter',
      resources: ['manifests/overlays/postgres', 'registries.yaml'],
      images: ['core', 'analyzer'].map((name) => ({
        name: `tidewaiter/${name}`,
        newName: `${registry}/tidewaiter/${name}`,
        newTag: 'test',
      })),
      patches: [
        patch('ConfigMap', 'tidewaiter-core-config', {
          data: { 'config.yaml': stringify(config) },
        }),
        patch('Secret', 'tidewaiter-admin', { stringData: { password: PASSWORD } }),
        patch('Secret', 'tidewaiter-encryption', { stringData: { key: ENCRYPTION_KEY } }),
      ],
    }),
    'registries.yaml': stringify({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'registries-inside' },
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'tidewaiter-analyzer' } },
        policyTypes: ['Egress'],
        egress: [{
          to: [{ ipBlock: { cidr: `${host}/32` } }],
          ports: [
            { port: Number(registry.split(':')[1]) },
            { port: testRegistryPort },
          ],
        }],
      },
    }),
  };
}
