import type { FieldKind } from '../field-kind.ts';
import { base64 } from './blobs.ts';
import { ip4, ip6 } from './addresses.ts';
import { plainName } from './names.ts';
import { parseDecimal } from './numbers.ts';

/** No gateway: written `.` and no octets. */
const nothing: FieldKind = {
  parse: (input) => (input.take().text === '.' ? undefined : 'is not ".", which gateway type 0 has'),
  end: (_octets, at) => at,
  format: () => '.',
};

/** What stands for the gateway, by its type (RFC 4025 2.5, RFC 8777 4.3). */
const gateways: readonly FieldKind[] = [nothing, ip4, ip6, plainName];

/** The whole RDATA of IPSECKEY (RFC 4025): precedence, gateway type, algorithm, gateway, public key. */
export const ipsecKey: FieldKind = {
  parse(input, out) {
    const numbers = [input.take(), input.take(), input.take()].map((field) => parseDecimal(field.text, 255));
    const [precedence = -1, type = -1, algorithm = -1] = numbers;
    if (Math.min(...numbers) < 0) return 'does not start with precedence, gateway type and algorithm, numbers from 0 to 255';
    const gateway = gateways[type];
    if (gateway === undefined) return `has gateway type ${type}; 0 to 3 are defined`;
    out.uint8(precedence);
    out.uint8(type);
    out.uint8(algorithm);
    const problem = gateway.parse(input, out);
    if (problem !== undefined) return `gateway ${problem}`;
    if (algorithm === 0 && input.left === 0) return undefined; // no key
    const keyProblem = base64.parse(input, out);
    return keyProblem === undefined ? undefined : `public key ${keyProblem}`;
  },
  end(octets, at, end) {
    if (at + 3 > end) return -1;
    const gateway = gateways[octets[at + 1] as number];
    const keyAt = gateway === undefined ? -1 : gateway.end(octets, at + 3, end);
    return keyAt >= 0 && (keyAt < end || octets[at + 2] === 0) ? end : -1;
  },
  format(octets, at, end) {
    const gateway = gateways[octets[at + 1] as number] as FieldKind;
    const keyAt = gateway.end(octets, at + 3, end);
    const head = `${octets[at]} ${octets[at + 1]} ${octets[at + 2]} ${gateway.format(octets, at + 3, keyAt)}`;
    return keyAt === end ? head : `${head} ${base64.format(octets, keyAt, end)}`;
  },
};

/** The whole RDATA of AMTRELAY (RFC 8777): precedence, discovery optional, relay type, relay. */
export const amtRelay: FieldKind = {
  parse(input, out) {
    const precedence = parseDecimal(input.take().text, 255);
    const optional = parseDecimal(input.take().text, 1);
    const type = parseDecimal(input.take().text, 127);
    if (Math.min(precedence, optional, type) < 0) return 'does not start with precedence, discovery optional (0 or 1) and relay type';
    const relay = gateways[type];
    if (relay === undefined) return `has relay type ${type}; 0 to 3 are defined`;
    out.uint8(precedence);
    out.uint8((optional << 7) | type);
    const problem = relay.parse(input, out);
    return problem === undefined ? undefined : `relay ${problem}`;
  },
  end(octets, at, end) {
    const relay = at + 2 <= end ? gateways[(octets[at + 1] as number) & 0x7f] : undefined;
    return relay === undefined ? -1 : relay.end(octets, at + 2, end);
  },
  format(octets, at, end) {
    const type = octets[at + 1] as number;
    return `${octets[at]} ${type >>> 7} ${type & 0x7f} ${(gateways[type & 0x7f] as FieldKind).format(octets, at + 2, end)}`;
  },
};
