import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startProcess, temporaryFolder, type TestProcess } from '@seamark/testkit';

const main = resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');

/** A component that runs from source as its pod would run it: with the chart's configuration file and an account's kubeconfig. */
export class RunningComponent implements AsyncDisposable {
  readonly #process: TestProcess;
  readonly #folder: Disposable;

  constructor(component: string, parts: { readonly config: string; readonly kubeconfig: string }) {
    const folder = temporaryFolder('component');
    const [config, kubeconfig] = [join(folder.path, 'seamark.yaml'), join(folder.path, 'kubeconfig')];
    writeFileSync(config, parts.config);
    writeFileSync(kubeconfig, parts.kubeconfig, { mode: 0o600 });
    this.#folder = folder;
    this.#process = startProcess(
      process.execPath,
      ['--conditions=@seamark/source', main, component, `--config=${config}`, `--kubeconfig=${kubeconfig}`, '--metrics-address=none'],
      { env: { CI: undefined, ETCD_URLS: undefined, KUBECONFIG: undefined } },
    );
  }

  /** The messages at level warning and above so far. */
  get warnings(): readonly string[] {
    return this.#process
      .output()
      .split('\n')
      .filter((line) => /"level":"?(warn|error|40|50)/.test(line))
      .map((line) => (JSON.parse(line) as { msg: string }).msg);
  }

  /** Everything that it printed. */
  get output(): string {
    return this.#process.output();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.end('SIGTERM');
    this.#folder[Symbol.dispose]();
  }
}
