import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';
import { flag, kubernetesList, list, map, object, text } from './builders.mjs';

const duration = (description) => text(description, { pattern: '^(([0-9]+(ms|[smhdwy]))+|0)?$' });

const monitorValues = (description) =>
  object(description, {
    enabled: flag('Make it'),
    namespace: text('Where it is made; default: the release’s namespace'),
    additionalLabels: map('Labels that Prometheus selects it by'),
    annotations: map('Annotations'),
    jobLabel: text('Label whose value becomes job'),
    interval: duration('Between scrapes; default: Prometheus’ own'),
    scrapeTimeout: duration('How long a scrape may take; default: Prometheus’ own'),
    metricRelabelings: kubernetesList('Relabelings of samples'),
    relabelings: kubernetesList('Relabelings of targets'),
  });

const alertValues = {
  enabled: flag('Make the alert'),
  for: duration('How long its condition holds before it fires'),
  labels: map('Labels beside, or instead of, its own'),
  annotations: map('Annotations beside, or instead of, its own'),
};
const number = (description) => ({ description, type: 'number', minimum: 0 });

/** Settings of each alert of charts/seamark/files/alerts, under its name without Seamark. */
function alerts() {
  const folder = join(root, 'charts/seamark/files/alerts');
  const rules = readdirSync(folder)
    .toSorted()
    .flatMap((file) =>
      readFileSync(join(folder, file), 'utf8')
        .split(/^ {2}- alert: Seamark/m)
        .slice(1),
    );
  return Object.fromEntries(
    rules.map((rule) => {
      const name = rule.slice(0, rule.indexOf('\n'));
      const own = { ...alertValues };
      if (/^ {4}threshold:/m.test(rule)) own.threshold = number('Where it begins');
      if (/^ {4}thresholds:/m.test(rule)) {
        own.thresholds = list('One alert for each of these percentages, in rising order', {
          ...object('A percentage', {
            percent: { description: 'Percentage', type: 'integer', minimum: 1, maximum: 99 },
            for: alertValues.for,
            labels: map('Labels of this one'),
          }),
          required: ['percent'],
        });
      }
      return [name[0].toLowerCase() + name.slice(1), object(`Alert Seamark${name}`, own)];
    }),
  );
}

/** Top-level values of monitoring: PodMonitors and alert rules, the dashboard. */
export const monitoringValues = {
  prometheus: object('Objects of Prometheus’ operator', {
    podMonitor: monitorValues('Scrapes every pod'),
    serviceMonitor: monitorValues('Scrapes every pod, by a headless Service'),
    prometheusRule: object('Alerts', {
      enabled: flag('Make them'),
      namespace: text('Where they are made; default: the release’s namespace'),
      additionalLabels: map('Labels that Prometheus selects them by'),
      annotations: map('Annotations'),
      interval: duration('Between evaluations; default: Prometheus’ own'),
      rateWindow: duration('Range of rates; at least four times the interval of scraping'),
      ruleLabels: map('Labels of every alert'),
      selector: text('Matchers that pick the series of this release; default: its namespace'),
      runbookUrl: text('What runbook_url begins with; empty = none'),
      extraAlerts: kubernetesList('Rules of your own'),
      ...alerts(),
    }),
  }),
  grafana: object('Grafana', {
    dashboard: object('A ConfigMap with the dashboard', {
      enabled: flag('Make it'),
      namespace: text('Where it is made; default: the release’s namespace'),
      label: text('Label that Grafana’s sidecar looks for'),
      labelValue: text('Its value'),
      annotations: map('Annotations'),
    }),
  }),
};
