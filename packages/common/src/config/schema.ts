import { z } from 'zod';
import { authoritativeDnsSettings } from './sections/authoritative-dns-settings.ts';
import { clusterSettings } from './sections/cluster-settings.ts';
import { dnsSyncSettings } from './sections/dns-sync-settings.ts';
import { lbControllerSettings } from './sections/lb-controller-settings.ts';
import { processSettings } from './sections/process-settings.ts';
import { storeSettings } from './sections/store-settings.ts';

const section = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape).prefault({} as never);

/** The one schema of Seamark's configuration: file keys, flags, environment variables and the chart's values follow from it. */
export const configSchema = z
  .strictObject({
    process: section(processSettings),
    cluster: section(clusterSettings),
    store: section(storeSettings),
    lbController: section(lbControllerSettings),
    dnsSync: section(dnsSyncSettings).refine((value) => value.txtPrefix === '' || value.txtSuffix === '', {
      path: ['txtSuffix'],
      message: 'allowed: txtPrefix or txtSuffix, not both',
    }),
    authoritativeDns: section(authoritativeDnsSettings),
  })
  .refine((value) => value.cluster.manifests === undefined || value.cluster.kubeconfig === undefined, {
    path: ['cluster', 'manifests'],
    message: 'allowed: manifests or kubeconfig, not both',
  })
  .refine((value) => (value.store.certFile === undefined) === (value.store.keyFile === undefined), {
    path: ['store', 'certFile'],
    message: 'allowed: certFile and keyFile together, or neither',
  });

/** The whole configuration, every default filled in. */
export type Config = z.output<typeof configSchema>;
