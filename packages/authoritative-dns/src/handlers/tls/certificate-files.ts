import { earliestExpirySeconds, type Logger } from '@seamark/common/observability';

import { LiveSetting } from '../../chain/live-setting.ts';
import { fileProblem } from '../../corefile/arguments/read-file-of.ts';
import { checkTlsMaterial } from '../../corefile/arguments/read-tls-files.ts';
import type { TlsMaterial } from '../../transport/tls-settings.ts';
import { PolledFiles } from '../polled-files.ts';

/** Options of {@link CertificateFiles}. */
export interface CertificateFilesOptions {
  /** Certificate, key and, if given, authorities of clients. */
  readonly paths: readonly [string, string, string?];
  /** What the files have now. */
  readonly material: TlsMaterial;
  /** How often they are looked at; 0 = never again. */
  readonly intervalMs: number;
  readonly logger: Logger;
}

/** Puts the texts of the files together. Throws which file is wrong, and why, when they cannot be used, or not together. */
export function materialOf(
  [cert = '', key = '', clientCa]: readonly (string | undefined)[],
  [certFile, keyFile, caFile = '']: CertificateFilesOptions['paths'],
): TlsMaterial {
  const ca = clientCa === undefined ? {} : { ca: clientCa };
  // A context without certificate or key would be made all the same, and fail each handshake.
  checkTlsMaterial({ cert, key, ...ca }, { cert: certFile, key: keyFile, ca: caFile });
  return { cert, key, ...(clientCa === undefined ? {} : { clientCa }) };
}

/** A certificate and its key, read again when their files change; what cannot be used changes nothing and is told once. */
export class CertificateFiles {
  readonly material: LiveSetting<TlsMaterial>;
  private readonly options: CertificateFilesOptions;
  private readonly files: PolledFiles;

  constructor(options: CertificateFilesOptions) {
    this.options = options;
    this.material = new LiveSetting(options.material);
    this.files = new PolledFiles({
      paths: options.paths.filter((path) => path !== undefined),
      intervalMs: options.intervalMs,
      onContent: (texts) => this.take(texts),
      onProblem: (problem) => this.tell(problem),
    });
  }

  /** Goes on looking at the files. */
  async start(): Promise<void> {
    try {
      await this.files.start();
    } catch (error) {
      this.tell(error);
    }
  }

  /** Ends the looking. */
  async stop(): Promise<void> {
    await this.files.stop();
  }

  private take(texts: readonly string[]): void {
    const { cert, key, clientCa } = this.material.current;
    if ([cert, key, clientCa].every((text, at) => text === texts[at])) return;
    const renewed = materialOf(texts, this.options.paths);
    this.material.set(renewed);
    const expirySeconds = earliestExpirySeconds(String(renewed.cert));
    this.options.logger.info('tls has a renewed certificate for new connections', {
      file: this.options.paths[0],
      ...(expirySeconds === undefined ? {} : { expires: new Date(expirySeconds * 1000).toISOString() }),
    });
  }

  private tell(error: unknown): void {
    const { logger, paths } = this.options;
    const files = { file: paths[0], key: paths[1] };
    logger.error(`tls keeps the certificate that it has, the changed files cannot be used: ${fileProblem(error)}`, files);
  }
}
