import { etcdWithHosts } from './dns/etcd-content.ts';
import { startSeamarkServer } from './dns/seamark-server.ts';
import { answeredAfterMs } from './dns/measured-server.ts';
import { treeNanoseconds } from './measure/process-tree.ts';
import { residentMegabytes } from './measure/process-usage.ts';
import { measureStart, nowhere } from './dns/start-server.ts';
import { existsSync, rmSync } from 'node:fs';
const n = 1_000_000;
const etcd = await etcdWithHosts(n, console.log);
const snapshot='/tmp/dstart/bench.snap'; rmSync(snapshot,{force:true});
async function run(what: string, options: any, rest: number, end?: ()=>boolean) {
  await using server = await startSeamarkServer(options);
  const ms = await answeredAfterMs(server.process, server.port, n);
  console.log(what, 's', (ms/1000).toFixed(2), 'cpu', (treeNanoseconds(server.pid)/1e9).toFixed(2));
  for (let t = 0; t < rest || (end && !end()); t += 2000) { await new Promise(r=>setTimeout(r,2000)); const {now,peak}=residentMegabytes(server.pid); console.log(' ', t+2000, 'rss', (now*1.048576).toFixed(0), 'peak', (peak*1.048576).toFixed(0), 'cpu', (treeNanoseconds(server.pid)/1e9).toFixed(2)); }
  console.log(server.process.outputTail().split('\n').filter((l:string)=>/snapshot|etcd|memory/.test(l)).slice(-4).join('\n'));
}
await run('etcd', {endpoint: etcd.endpoint, snapshot}, 20000, () => existsSync(snapshot));
await run('snapshot+etcd', {endpoint: etcd.endpoint, snapshot}, 12000);
await run('snapshot', {endpoint: await nowhere(), snapshot}, 12000);
process.exit(0);
