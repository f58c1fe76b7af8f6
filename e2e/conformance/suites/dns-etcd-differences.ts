/** An answer of ours that is another one than the record has, on purpose. */
export interface ChosenDifference {
  /** The rule that the recorded answer breaks, or the documented feature that stays. */
  readonly why: string;
  readonly answered: {
    readonly rcode?: string;
    readonly answer?: readonly string[];
    readonly authority?: readonly string[];
    readonly additional?: readonly string[];
  };
  /** Mode `strict` gives what the record asks for. */
  readonly strict?: boolean;
}

const soa = 'skydns.test. 30 IN SOA ns.dns.skydns.test. hostmaster.skydns.test. * 7200 1800 86400 30';

/** By the id of the case. */
export const chosenDifferences: Readonly<Record<string, ChosenDifference>> = {
  'lookup-17': {
    why: 'RFC 1034 4.3.2 step 3a: an alias is the answer for every type that its name does not have',
    answered: { rcode: 'NOERROR', answer: ['a.server1.dev.region1.skydns.test. 300 IN CNAME dev.server1.'], authority: [] },
  },
  'other-01': {
    why: 'RFC 2181 10.3: the host of an MX is no alias, so that of another MX is not made one for the additional section (RFC 1035 3.3.9)',
    answered: { rcode: 'NOERROR', answer: ['a.mail.skydns.test. 300 IN MX 50 mx.skydns.test.'], additional: [] },
  },
  'o-mx-as-a': {
    why: 'RFC 2181 10.1 and 10.3: a name is one alias at most, and none when it takes mail',
    answered: { rcode: 'NOERROR', answer: [], authority: [soa] },
  },
  'x-ent-aaaa-subtree': {
    why: 'RFC 1034 3.6.2, RFC 2181 10.1: no aliases beside addresses, and never several',
    answered: { rcode: 'NOERROR', answer: ['region1.skydns.test. 300 IN AAAA ::1'] },
  },
  'x-wild-mid-a': {
    why: 'RFC 1034 3.6.2: no aliases beside addresses',
    answered: {
      rcode: 'NOERROR',
      answer: ['server1.*.region1.skydns.test. 300 IN A 10.0.0.1', 'server1.*.region1.skydns.test. 300 IN A 10.0.0.2'],
    },
  },
  'x-wild-cname': {
    why: 'RFC 8020: a name that answers for A does not fail to exist for CNAME',
    answered: { rcode: 'NOERROR', answer: [], authority: [soa] },
  },
  'xdns-a': {
    why: 'RFC 2181 5.2: the records of an RRset have one TTL, the least',
    answered: { rcode: 'NOERROR', answer: ['nginx.example.org. 60 IN A 10.0.2.15', 'nginx.example.org. 60 IN A 10.0.2.16'] },
  },
  'issue3078-parent': {
    why: 'SkyDNS, documented: a name answers with what is below it. Its own record is no longer hidden; mode strict answers that alone',
    answered: { rcode: 'NOERROR', answer: ['example.diamond. 300 IN A 1.1.1.2', 'example.diamond. 300 IN A 1.1.1.1'] },
    strict: true,
  },
};
