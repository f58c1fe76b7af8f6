import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Gauge, type Registry } from 'prom-client';

/**
 * Publishes `seamark_certificate_expiry_timestamp_seconds{file}`: when the first certificate of each PEM file ends. Files are read again
 * when they have changed; one that cannot be read has no value.
 */
export function measureCertificates(registry: Registry, files: readonly string[]): void {
  const seen = new Map<string, { readonly changedMs: number; readonly expiresSeconds: number | undefined }>();
  registry.registerMetric(
    new Gauge({
      name: 'seamark_certificate_expiry_timestamp_seconds',
      help: 'Unix time at which the first certificate of a file ends.',
      labelNames: ['file'],
      registers: [],
      collect() {
        this.reset();
        for (const file of files) {
          const changedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
          if (changedMs === undefined) continue;
          let known = seen.get(file);
          if (known?.changedMs !== changedMs) seen.set(file, (known = { changedMs, expiresSeconds: firstExpirySeconds(file) }));
          if (known.expiresSeconds !== undefined) this.set({ file }, known.expiresSeconds);
        }
      },
    }),
  );
}

/**
 * Unix time at which the first of the certificates in a PEM text ends: a bundle is only as good as that. Undefined when there is none;
 * throws for one that cannot be read.
 */
export function earliestExpirySeconds(pem: string): number | undefined {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const ends = certificates.map((certificate) => Date.parse(new X509Certificate(certificate).validTo) / 1000);
  return ends.length === 0 ? undefined : Math.min(...ends);
}

function firstExpirySeconds(file: string): number | undefined {
  try {
    return earliestExpirySeconds(readFileSync(file, 'latin1'));
  } catch {
    // What is wrong with the file is said by whoever uses it.
    return undefined;
  }
}
