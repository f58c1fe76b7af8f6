import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const handlers = fileURLToPath(new URL('../../../packages/authoritative-dns/src/handlers', import.meta.url));

/** One page for each directive of a Corefile: the manual page of its folder. */
export default {
  watch: [`${handlers}/*/README.md`],
  paths: () =>
    readdirSync(handlers)
      .filter((name) => existsSync(`${handlers}/${name}/README.md`))
      .map((name) => ({ params: { name }, content: readFileSync(`${handlers}/${name}/README.md`, 'utf8') })),
};
