/**
 * Alerts and dashboard ask for what core measures, and Prometheus where core listens.
 *
 * @module
 */
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { filesBelow, ROOT } from '../house/sources.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Dashboard {
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly datasource: { readonly uid: string };
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
  }[];
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The one resource of a kind in a file. */
function resource<T>(path: string, kind: string): T {
  const found = parseAllDocuments(read(path))
    .map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as { readonly kind: string };
    })
    .filter((one) => one.kind === kind);
  expect(found, `${kind} in ${path}`).toHaveLength(1);
  return found[0] as T;
}

const FOLDER = 'manifests/components/monitoring';
const RULES = resource<{ spec: { groups: { rules: Rule[] }[] } }>(
  `${FOLDER}/rules.yaml`,
  'PrometheusRule',
).spec.groups.flatMap(({ rules }) => rules);
const DASHBOARD = JSON.parse(read(`${FOLDER}/dashboard.json`)) as Dashboard;

/** Names of metrics as they stand in core's sources. */
function declared(): string[] {
  return filesBelow(['core'], ['.ts']).flatMap((path) =>
    [...read(path).matchAll(/(?:counter\(|histogram\(|name:)\s*'(tidewaiter_[a-z_]+)'/g)]
      .map(([, name = '']) => name)
  );
}

function asked(text: string): string[] {
  const names = text.match(/tidewaiter_[a-z_]+/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))].sort();
}

describe('the metrics', () => {
  const known = declared();

  it.each(['rules.yaml', 'dashboard.json'])('that %s asks for are measured', (file) => {
    const names = asked(read(`${FOLDER}/${file}`));
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('are read on the port that core listens on', () => {
    const config = parse(
      parseAllDocuments(read('manifests/base/config.yaml'))
        .map((document) => document.toJS() as { metadata: { name: string }; data: unknown })
        .filter(({ metadata }) => metadata.name === 'tidewaiter-core-config')
        .map(({ data }) => (data as Record<string, string>)['config.yaml'])[0] ?? '',
    ) as { metrics_port: number };
    const port = { name: 'metrics', containerPort: config.metrics_port };
    for (const path of ['base/core.yaml', 'components/split/policy-engine.yaml']) {
      const { spec } = resource<
        { spec: { template: { spec: { containers: { ports: unknown[] }[] } } } }
      >(`manifests/${path}`, 'Deployment');
      expect(spec.template.spec.containers[0]?.ports, path).toContainEqual(port);
    }
    const service = resource<{ metadata: { name: string }; spec: { ports: unknown[] } }>(
      `${FOLDER}/service.yaml`,
      'Service',
    );
    expect(service.spec.ports).toEqual([
      { name: 'metrics', port: config.metrics_port, targetPort: 'metrics' },
    ]);
    const down = RULES.find(({ alert }) => alert === 'TidewaiterCoreDown');
    expect(down?.expr).toContain(`job="${service.metadata.name}"`);
  });
});

describe('the alerts', () => {
  it('are told apart by their names', () => {
    const names = RULES.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(RULES.map((rule) => [rule.alert, rule] as const))(
    '%s says what is wrong, what to do and how bad it is',
    (_, { labels, annotations }) => {
      expect(annotations?.['summary']).toMatch(/.\.$/);
      expect(annotations?.['description']).toMatch(/.\.$/);
      expect(labels?.['severity']).toMatch(/^(?:critical|warning)$/);
    },
  );
});

describe('the dashboard', () => {
  it('is one that Grafana takes', () => {
    expect(DASHBOARD.schemaVersion).toBe(39);
    expect(DASHBOARD.templating.list.map(({ name }) => name)).toEqual(['datasource']);
  });

  it('tells its panels apart', () => {
    const ids = DASHBOARD.panels.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(DASHBOARD.panels.map((panel) => [panel.title, panel] as const))(
    'shows %s from the chosen data source',
    (_, { datasource, targets }) => {
      expect(datasource.uid).toBe('${datasource}');
      expect(targets.filter(({ expr }) => asked(expr).length === 0)).toEqual([]);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    },
  );
});
