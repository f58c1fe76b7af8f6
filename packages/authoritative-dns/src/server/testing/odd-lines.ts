/** A line to be tried in a block, and what is tried like it. Lists are divided by `|`. */
export interface OddLine {
  /** A right one, with as few words as it can have. */
  readonly line: string;
  /** Other words behind the directive, right and wrong ones; as no words are a case as well, `-` stands for them. */
  readonly others?: string;
  /** Tried in the braces of `line`, one at a time. */
  readonly options?: string;
  /** It is also tried twice in a block. */
  readonly twice?: true;
}

/** Lines of every directive, of which CoreDNS takes and refuses the same ones. Their files are those of `writeOddFiles`. */
export const oddLines: readonly OddLine[] = [
  {
    line: 'acl',
    twice: true,
    others: `
      example.org | 10.0.0.0/8
    `,
    options: `
      nope | allow net 10.0.0.0/8 | allow type A | allow type A type B | block type ANY | block type NOPE | filter type A |
      drop net 1.2.3.4 | ALLOW net *
    `,
  },
  {
    line: 'any',
    twice: true,
    others: `
      x
    `,
    options: `
      nope
    `,
  },
  {
    line: 'bind 127.0.0.1',
    others: `
      - | lo | nowhere | ::1 | [::1] | 127.0.0.1:53
    `,
    options: `
      nope | except 127.0.0.2 | except nowhere
    `,
  },
  {
    line: 'bufsize',
    twice: true,
    others: `
      512 | 4096 | 511 | 4097 | -1 | +1000
    `,
  },
  {
    line: 'cache',
    twice: true,
    others: `
      30 | 0 | -1 | x | 30 example.org | example.org
    `,
    options: `
      nope | success 1000 | success 1000 30 | success 1000 30 5 | success x | success 10 0 | denial 1000 | denial 1000 30 |
      denial x | prefetch 1 | prefetch 1 1m | prefetch 1 1m 10% | prefetch 1 1m 10 | prefetch 1 1m 9% | serve_stale |
      serve_stale 1h | serve_stale 1h immediate | serve_stale 1h other | serve_stale -1h | serve_stale_policy prefer_positive |
      serve_stale_policy x | serve_stale_policy | servfail 5s | servfail 0 | servfail -1s | servfail 6m | servfail 5m |
      disable success | disable denial | disable x | keepttl | keepttl x
    `,
  },
  {
    line: 'cancel',
    twice: true,
    others: `
      5s | 5 | -5s | 0 | 0s | 1s 2s
    `,
  },
  {
    line: 'chaos',
    twice: true,
    others: `
      v | v a b
    `,
    options: `
      nope
    `,
  },
  {
    line: 'debug',
    twice: true,
    others: `
      x
    `,
    options: `
      nope
    `,
  },
  {
    line: 'errors',
    twice: true,
    others: `
      stdout | stderr | stdout x
    `,
    options: `
      nope | stacktrace | stacktrace x | consolidate 5m ".*" | consolidate 5m ".*" warning |
      consolidate 5m ".*" warning show_first | consolidate 5m ".*" x | consolidate 5m ".*" show_first warning
    `,
  },
  {
    line: 'etcd',
    twice: true,
    others: `
      example.org | example.org 10.0.0.0/8
    `,
    options: `
      nope | path /skydns | path a b | path "" | endpoint http://localhost:2379 | endpoint localhost:2379 |
      endpoint http://a:1 http://b:2 | credentials u | credentials u p x | tls | tls nofile | tls a b | fallthrough |
      fallthrough example.org | min-lease-ttl 30 | min-lease-ttl 30s | min-lease-ttl -1 | min-lease-ttl x | min-lease-ttl "" |
      max-lease-ttl 30 | max-lease-ttl x | max-lease-ttl -1 | stubzones | stubzones x | debug | upstream | upstream x y |
      no_apex_fallback | no_apex_fallback x
    `,
  },
  {
    line: 'file db.ok',
    twice: true,
    others: `
      - | db.missing | db.bad | db.nosoa | db.ok example.org | db.ok 10.0.0.0/8
    `,
    options: `
      nope | reload 30s | reload 0 | reload -1s | reload 5 | reload 0s | fallthrough | fallthrough example.org | upstream |
      upstream x | reload_by_mtime | reload_by_mtime x
    `,
  },
  {
    line: 'forward . 127.0.0.1',
    twice: true,
    others: `
      - | . | . 127.0.0.1 127.0.0.2 | . /etc/resolv.conf | . /nowhere | . x:y:z | . tls://127.0.0.1 | . https://127.0.0.1 |
      . https://dns.example/dns-query | . grpc://127.0.0.1 | 10.0.0.0/8 127.0.0.1 | . 127.0.0.1 127.0.0.1
    `,
    options: `
      nope | except | except example.org | except a b | force_tcp | force_tcp x | prefer_udp | prefer_udp x | expire 10s |
      expire -1s | expire 0 | max_fails 0 | max_fails 2 | max_fails -1 | max_fails x | max_fails | max_idle_conns 1 |
      max_idle_conns -1 | max_idle_conns 0 | max_concurrent 1 | max_concurrent -1 | max_concurrent x | max_concurrent 0 |
      max_concurrent 9999999999999 | max_connect_attempts 1 | max_connect_attempts -1 | max_connect_attempts 0 |
      read_timeout 1s | read_timeout -1s | read_timeout 0 | policy random | policy round_robin | policy sequential | policy x |
      policy | health_check 5s | health_check 5s no_rec | health_check 5s domain example.org | health_check 5s x |
      health_check -1s | tls | tls nofile | tls a b | tls cert.pem key.pem | tls ca.pem | tls_servername x | tls_servername |
      tls_servername x y | next NXDOMAIN | next SERVFAIL REFUSED | next x | next | next NOERROR | failover NXDOMAIN |
      failover x | failover | next_on_nodata | next_on_nodata x | failfast_all_unhealthy_upstreams |
      failfast_all_unhealthy_upstreams x | max_age 1s | max_age -1s | max_age 5 | source_address 127.0.0.1 | source_address x |
      source_address ::1 | resolver 127.0.0.1 | resolver x | resolver | resolver 127.0.0.1:53 | resolver 127.0.0.1 127.0.0.2 |
      doh_method GET | doh_method POST | doh_method PUT
    `,
  },
  {
    line: 'header',
    twice: true,
    others: `
      x
    `,
    options: `
      nope | response set aa | response clear ra | response set aa ra | response set x | response toggle aa | query set rd |
      query clear rd | query set x | set aa | clear aa | RESPONSE set aa
    `,
  },
  {
    line: 'health 127.0.0.1:0',
    others: `
      x | :notaport | :0 :1 | : | [::1]:0 | :00
    `,
    options: `
      nope | lameduck 1s | lameduck | lameduck 5 | lameduck x | lameduck 0
    `,
  },
  {
    line: 'hosts hosts.txt',
    twice: true,
    others: `
      - | missing | dir | hosts.txt example.org | ""
    `,
    options: `
      nope | ttl 1 | ttl 0 | ttl -1 | ttl x | ttl 65535 | reload 1s | reload 0 | reload -1s | reload 5 | reload 0s | no_reverse |
      fallthrough | fallthrough example.org | fallthrough_unsupported | fallthrough_unsupported x | 10.0.0.1 a.example |
      10.0.0.1 | 10.0.0.1 .. | notanaddress a.example
    `,
  },
  {
    line: 'loadbalance',
    twice: true,
    others: `
      round_robin | weighted | weighted weights.txt | weighted missing | weighted weights.bad | x
    `,
    options: `
      nope | prefer 10.0.0.0/8 | prefer 10.0.0.0/8 ::/0 | prefer x | reload 1s
    `,
  },
  { line: 'loadbalance weighted weights.txt {\n reload 1s\n}' },
  { line: 'loadbalance weighted weights.txt {\n reload\n}' },
  { line: 'loadbalance weighted weights.txt {\n reload 5\n}' },
  { line: 'loadbalance weighted missing {\n reload 0\n}' },
  { line: 'loadbalance weighted missing {\n reload 0s\n}' },
  { line: 'loadbalance weighted weights.txt {\n reload 1s 2s\n}' },
  { line: 'loadbalance weighted weights.bad {\n reload 0s\n}' },
  { line: 'loadbalance weighted weights.bad2' },
  { line: 'loadbalance weighted weights.empty' },
  {
    line: 'local',
    twice: true,
    others: `
      x
    `,
    options: `
      nope | localhost_prefix on | localhost_prefix off | localhost_prefix x
    `,
  },
  {
    line: 'log',
    twice: true,
    others: `
      . | example.org | . "{combined}" | "{combined}" | . "{nope}" | . x y
    `,
    options: `
      nope | class denial | class denial error | class x | class | class all
    `,
  },
  {
    line: 'loop',
    twice: true,
    others: `
      x
    `,
    options: `
      nope
    `,
  },
  {
    line: 'minimal',
    twice: true,
    others: `
      x
    `,
    options: `
      nope
    `,
  },
  {
    line: 'multisocket',
    twice: true,
    others: `
      2 | 0 | -1 | x | 1 2 | 1024
    `,
    options: `
      nope
    `,
  },
  {
    line: 'nsid',
    twice: true,
    others: `
      x | x y | ""
    `,
    options: `
      nope
    `,
  },
  {
    line: 'prometheus 127.0.0.1:0',
    twice: true,
    others: `
      x | :0 :1 | 127.0.0.1 | : | ""
    `,
    options: `
      nope | runtime_metrics | runtime_metrics x | tls | tls web.yml | tls web.yml x
    `,
  },
  {
    line: 'ready 127.0.0.1:0',
    twice: true,
    others: `
      x | :0 :1 | 127.0.0.1 | : | ""
    `,
    options: `
      nope | monitor until-ready | monitor continuously | monitor x
    `,
  },
  {
    line: 'reload',
    twice: true,
    others: `
      10s | 10s 5s | 1s | 2s | 2s 500ms | -10s
    `,
  },
  {
    line: 'rewrite name a.example b.example',
    twice: true,
    others: `
      - | name | name a | name a b | name exact a b | name prefix a b | name suffix a b | name substring a b |
      name regex (a) {1} | name regex ( b | name x a b | name a b c d | name regex (a) {1} answer name (b) {1} |
      name regex (a) {1} answer auto | name regex (a) {1} answer name | name regex (a) {1} answer x | name regex (a) {1} answer |
      name exact a b answer auto | name exact a b answer name a b | name suffix a b answer auto answer value c d |
      name suffix a b answer auto answer name c d | name regex (a) {1} answer name ( x |
      name regex (a) {1} answer name (b) {1} value (c) {1} | type A AAAA | type A | type A B | type a aaaa | type A AAAA MX |
      class IN CH | class IN | class X CH | class in ch | class IN CH HS | edns0 | edns0 local | edns0 local set |
      edns0 local set 0xffee 0x61 | edns0 local set 0xffee abc | edns0 local replace 0xffee abc |
      edns0 local append 65518 {qname}
    `,
    options: `
      nope
    `,
  },
  { line: 'rewrite {\n name a b\n}' },
  { line: 'rewrite stop {\n name regex (a) {1}\n answer name (b) {1}\n}' },
  { line: 'rewrite continue {\n ttl example.org 30\n}' },
  { line: 'rewrite name a b {\n answer auto\n}' },
  { line: 'rewrite {\n}' },
  { line: 'rewrite stop {\n}' },
  { line: 'rewrite {\n name a b\n name c d\n}' },
  { line: 'rewrite stop {\n name exact a b\n answer auto\n}' },
  { line: 'rewrite name regex (a) {1} {\n answer name (b) {1}\n}' },
  {
    line: 'root .',
    twice: true,
    others: `
      - | dir | missing | hosts.txt | . . | ""
    `,
    options: `
      nope
    `,
  },
  {
    line: 'timeouts',
    twice: true,
    options: `
      nope | read 5s | read 5 | read 0 | read 0s | read 24h | write 5s | idle 5s | idle 0 | maxtcpqueries 5 | maxtcpqueries 0 |
      maxtcpqueries x | maxtcpqueries | maxtcpqueries 5 6
    `,
  },
  {
    line: 'tls cert.pem key.pem',
    twice: true,
    others: `
      - | cert.pem | cert.pem key.pem ca.pem | cert.pem key.pem ca.pem x | missing key.pem | cert.pem missing
    `,
    options: `
      nope | client_auth nocert | client_auth request | client_auth require | client_auth x | client_auth | keylog keys.log |
      keylog | keylog a b
    `,
  },
  {
    line: 'whoami',
    twice: true,
    others: `
      x
    `,
    options: `
      nope
    `,
  },
];

/** The entries of a list of {@link OddLine}. */
export function entriesOf(list: string | undefined): string[] {
  return list === undefined ? [] : list.split(/\s\|\s/).map((entry) => entry.trim());
}
