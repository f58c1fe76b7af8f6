/** Something that the directive etcd answers otherwise than CoreDNS, on purpose. The manual page lists the same, word by word. */
export interface ChosenDifference {
  /** What CoreDNS does. */
  readonly coredns: string;
  /** What is done here. */
  readonly seamark: string;
  /** The rule for it. */
  readonly why: string;
  /** Cases that show it. */
  readonly cases: readonly string[];
}

/** All of them that recorded content, and that of `side-by-side-cases.ts`, shows. */
export const chosenDifferences: readonly ChosenDifference[] = [
  {
    coredns: 'Drops an alias whose end does not exist or has no such records.',
    seamark: 'Answers the alias, with the response code of its end.',
    why: 'RFC 1034 4.3.2, RFC 6604',
    cases: ['lookup-10', 'backend-aaaa-chain-a', 'c-mid-aaaa', 'c-chain-txt-a'],
  },
  {
    coredns: 'Answers an alias for A, AAAA, TXT and CNAME only.',
    seamark: 'Answers it for every type that its name does not have.',
    why: 'RFC 1034 4.3.2',
    cases: ['lookup-17'],
  },
  {
    coredns: 'A text beside a host hides the alias, an address hides the text.',
    seamark: 'Both are answered.',
    why: 'RFC 1034 3.6',
    cases: ['issue6110-a', 'issue7028-alias', 'type-text-ip-txt'],
  },
  {
    coredns: 'Several aliases, and aliases beside addresses, at one name.',
    seamark: 'One alias, the first by key; none beside addresses or mail hosts. An alias of the name itself outranks what is below it.',
    why: 'RFC 1034 3.6.2, RFC 2181 10.1',
    cases: ['x-ent-aaaa-subtree', 'x-wild-mid-a', 'o-mx-as-a'],
  },
  {
    coredns: 'A mail host that is a name is an alias for other types.',
    seamark: 'It answers MX alone.',
    why: 'RFC 2181 10.3',
    cases: ['other-01'],
  },
  {
    coredns: 'CNAME and PTR are NXDOMAIN at names that exist.',
    seamark: 'The records of keys one leaf below count (`targetstrip`); without any there is no data.',
    why: 'RFC 8020',
    cases: ['issue2849-cname', 'x-cname-parent', 'x-rev-subtree-ptr', 'x-wild-cname'],
  },
  {
    coredns: 'Records below a name hide that of the name itself.',
    seamark: 'Both are answered; in mode strict that of the name alone.',
    why: 'RFC 1034 4.3.2',
    cases: ['issue3078-parent'],
  },
  {
    coredns: 'NXDOMAIN for NS, A and other types at an apex without such records.',
    seamark: 'No data; NS of the options.',
    why: 'RFC 2308 2.2, RFC 1034 4.2.1',
    cases: ['x-apex-ns-missing', 'x-apex-a-empty'],
  },
  {
    coredns: 'Answers SOA for every name of the zone.',
    seamark: 'Only at the apex.',
    why: 'RFC 1035 3.3.13',
    cases: ['x-soa-below'],
  },
  {
    coredns: 'One value that cannot be read makes all names above it SERVFAIL.',
    seamark: 'It costs only itself: its name has no data, and it is reported (STORED_VALUE_UNREADABLE).',
    why: 'RFC 2181 5, RFC 4592 2.2.2',
    cases: ['bad-json-zone-apex', 'bad-value-1'],
  },
  {
    coredns: 'A stored `*` is no wildcard.',
    seamark: 'It stands for names that do not exist, also as host of its own SRV and MX; asked itself, it is answered.',
    why: 'RFC 4592',
    cases: ['issue4314-match', 'service-of-star-1'],
  },
  {
    coredns: 'A host named `any` cannot be asked: the label means all names.',
    seamark: '`any` and `*` in a question mean that only when neither the name nor a stored wildcard for it exists.',
    why: 'RFC 1034 3.1',
    cases: ['host-named-any'],
  },
  {
    coredns: 'The records of one RRset have several TTLs.',
    seamark: 'The least of them.',
    why: 'RFC 2181 5.2',
    cases: ['xdns-a'],
  },
  {
    coredns: 'Addresses of an MX host are given for the unstripped name.',
    seamark: 'For the host that the MX names.',
    why: 'RFC 1035 3.3.9',
    cases: ['mx-strip-glue'],
  },
  {
    coredns: 'With a path of several segments names of hosts end in the last of them.',
    seamark: 'The whole path is cut.',
    why: 'RFC 1035 3.1',
    cases: ['prefix-multi'],
  },
  {
    coredns: 'A key with capital letters is not found.',
    seamark: 'Names are compared in any case; keys that differ in case only are one name.',
    why: 'RFC 4343',
    cases: ['capitals-1', 'capitals-2'],
  },
  {
    coredns: 'A key with an empty segment is answered for the names above it.',
    seamark: 'It is no name: not served, and reported.',
    why: 'RFC 1035 3.1',
    cases: ['empty-segment-1'],
  },
  {
    coredns: 'The alias of a name to itself is answered for CNAME.',
    seamark: 'It is no alias, and is reported; SRV is answered.',
    why: 'RFC 1034 3.6.2',
    cases: ['alias-to-itself-2'],
  },
  {
    coredns: 'Values that give the same SRV give it several times, or once with the share of one.',
    seamark: 'Once, with the sum of their shares.',
    why: 'RFC 2181 5',
    cases: ['same-service-1', 'same-host-1', 'same-host-2'],
  },
  {
    coredns: 'White space in a host is part of the name.',
    seamark: 'The host cannot be read, and is reported.',
    why: 'RFC 1123 2.1',
    cases: ['white-space-1', 'white-space-2'],
  },
  {
    coredns: 'SERVFAIL for names outside the zones when no other plugin follows.',
    seamark: 'REFUSED.',
    why: 'RFC 1035 4.1.1, RFC 8914 4.21',
    cases: ['multi-02', 'etcd-stub-2'],
  },
];
