/**
 * What the test cluster changes of the shipped manifests: image names, a known password, and its
 * registries, which lie inside and speak plain http.
 *
 * @module
 */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { PASSWORD } from '../support/core.ts';

/** What the cluster's cores encrypt passwords with. */
export const ENCRYPTION_KEY = 'a key for the test cluster';

interface Where {
  readonly folder: string;
  readonly host: string;
  readonly registry: string;
  readonly testRegistryPort: number;
}

/** What of the manifests is applied. */
export interface Parts {
  readonly overlay: 'postgres' | 'external-postgres';
  readonly components?: readonly string[];
}

/** Files of a kustomization beside a copy of `manifests/`. */
function overlayOf(
  { host, registry, testRegistryPort }: Where,
  { overlay, components = [] }: Parts,
): Record<string, string> {
  const config = {
    host: '0.0.0.0',
    log_format: 'json',
    log_level: 'debug',
    metrics_port: 9090,
    door_mode: 'audit',
    door_rules: [{ namespaces: ['door-*'], mode: 'enforce' }],
    analysis_attempts: 6,
    feeds: { sync: false },
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
      resources: [`manifests/overlays/${overlay}`, 'registries.yaml'],
      components: components.map((name) => `manifests/components/${name}`),
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

/** A folder that `kubectl apply -k` takes: the manifests as they are shipped, and what differs here. */
export function writeOverlay(where: Where, parts: Parts): string {
  const folder = mkdtempSync(join(where.folder, 'overlay-'));
  const shipped = fileURLToPath(new URL('../../manifests', import.meta.url));
  cpSync(shipped, join(folder, 'manifests'), { recursive: true });
  for (const [name, text] of Object.entries(overlayOf(where, parts))) {
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
