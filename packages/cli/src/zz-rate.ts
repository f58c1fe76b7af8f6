import { createLogger } from '@seamark/common/observability';
import { createRequire } from 'node:module';
const { pino } = createRequire('/work/main/packages/common/package.json')('pino');
void process.stderr.isTTY;
const logger = createLogger({ format: process.argv[2] as 'json', color: false, destination: pino.destination({ fd: 2, sync: true }) }).child('authoritative-dns');
const n = 200000; const t = performance.now();
for (let i = 0; i < n; i++) logger.info('127.0.0.1:34817 - 12 "A IN example.org. udp 41 false 4096" NOERROR qr,aa,rd 65 0.0001s');
const ms = performance.now() - t;
(await import('node:fs')).writeFileSync('/tmp/sm-log/rate.out', `${process.argv[3]} ${process.argv[2]} ${Math.round(n / ms * 1000)} lines/s\n`, { flag: 'a' });
