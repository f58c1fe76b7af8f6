import {
  type Endpoint,
  formatAddress,
  isReverseName,
  tryNormalizeDnsName,
  tryParseAddress,
  tryParseZonedAddress,
} from '@seamark/common/model';

const isName: ReadonlySet<string> = new Set(['CNAME', 'DNAME', 'NS', 'PTR']);

/**
 * The one text of a target: addresses in canonical form (RFC 5952; a zone is cut, records cannot carry one), host names in lower
 * case without trailing dot, the fields of MX and SRV likewise. Text that is none of these stays as it is.
 */
export function canonicalTarget(recordType: string, target: string): string {
  if (recordType === 'A' || recordType === 'AAAA') {
    const address = tryParseZonedAddress(target);
    return address.ok ? formatAddress(address.value.address) : canonicalName(target);
  }
  if (isName.has(recordType)) return canonicalName(target);
  if (recordType === 'MX') {
    const [preference, host, ...rest] = target.trim().split(/\s+/);
    return preference === undefined || host === undefined || rest.length > 0 ? target : `${preference} ${canonicalName(host)}`;
  }
  if (recordType === 'SRV') {
    const [priority, weight, port, host, ...rest] = target.trim().split(/\s+/);
    if (priority === undefined || weight === undefined || port === undefined || host === undefined || rest.length > 0) return target;
    return `${priority} ${weight} ${port} ${canonicalName(host)}.`;
  }
  return target;
}

function canonicalName(text: string): string {
  const name = tryNormalizeDnsName(text);
  return name.ok ? name.value : text;
}

/** The endpoint with canonical targets, sorted and without repetition. The name is normalised already. */
export function canonicalEndpoint(endpoint: Endpoint): Endpoint {
  const targets = [...new Set(endpoint.targets.map((target) => canonicalTarget(endpoint.recordType, target)))].toSorted();
  return { ...endpoint, targets };
}

/** What makes an endpoint unusable as a record, in a few words; undefined = nothing. `endpoint` is canonical. */
export function endpointProblem(endpoint: Endpoint): string | undefined {
  if (endpoint.targets.length === 0) return 'it has no targets';
  if (endpoint.recordType === 'CNAME' && endpoint.targets.length > 1) return 'an alias has one target (RFC 1034 3.6.2)';
  if (endpoint.recordType === 'PTR' && !isReverseName(endpoint.dnsName)) return 'a PTR record stands under in-addr.arpa or ip6.arpa';
  for (const target of endpoint.targets) {
    const problem = targetProblem(endpoint, target);
    if (problem !== undefined) return `target "${target}": ${problem}`;
  }
  return undefined;
}

function targetProblem({ recordType, dnsName }: Endpoint, target: string): string | undefined {
  switch (recordType) {
    case 'A':
    case 'AAAA': {
      const address = tryParseAddress(target);
      if (!address.ok) return address.problem;
      return (typeof address.value === 'number') === (recordType === 'A')
        ? undefined
        : `it is not an ${recordType === 'A' ? 'IPv4' : 'IPv6'} address`;
    }
    case 'CNAME':
    case 'DNAME':
    case 'NS':
    case 'PTR': {
      if (recordType === 'CNAME' && target === dnsName) return 'it points at itself';
      return hostProblem(target);
    }
    case 'MX': {
      const match = /^(\d{1,5}) (\S+)$/.exec(target);
      if (match === null || Number(match[1]) > 65_535) return 'it is not "preference host"';
      return hostProblem(match[2] ?? '');
    }
    case 'SRV': {
      const match = /^(\d{1,5}) (\d{1,5}) (\d{1,5}) (\S+)\.$/.exec(target);
      if (match === null || [match[1], match[2], match[3]].some((field) => Number(field) > 65_535))
        return 'it is not "priority weight port host."';
      return hostProblem(match[4] ?? '');
    }
    case 'TXT':
    case 'NAPTR':
    case 'CAA':
    case 'SVCB':
    case 'HTTPS':
    default:
      return target === '' ? 'it is empty' : undefined;
  }
}

function hostProblem(host: string): string | undefined {
  const name = tryNormalizeDnsName(host);
  return name.ok ? undefined : name.problem;
}
