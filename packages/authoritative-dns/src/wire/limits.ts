import { maxLabelOctets, maxNameOctets } from '@seamark/common/model';

/** Octets of the header that every message starts with (RFC 1035 4.1.1). */
export const headerOctets = 12;

/** Most octets of a message: its length is a two-octet number over TCP (RFC 1035 4.2.2), and UDP allows less. */
export const maxMessageOctets = 0xffff;

/** Most octets of an answer over UDP to a client without EDNS (RFC 1035 4.2.1), and the least that EDNS may ask for (RFC 6891 6.2.3). */
export const minUdpPayloadOctets = 512;

/** The UDP size that we announce and never exceed: 1280 (least IPv6 MTU) − 40 (IPv6) − 8 (UDP), DNS flag day 2020. */
export const ownUdpPayloadOctets = 1232;

/** Most labels of a name, the root left out: each takes at least two octets, and the root's zero one: (255 − 1) / 2. */
export const maxLabels = Math.floor((maxNameOctets - 1) / 2);

/**
 * Most compression pointers followed in one name. Each pointer is worth its place only when it leads to at least one label, so a
 * name has no more of them than labels. Chains of pointers to pointers, which cost time and carry nothing, end here as well.
 */
export const maxPointers = Math.floor((maxNameOctets - 1) / 2);

/** Offsets from here on cannot be pointed at: a pointer has 14 bits (RFC 1035 4.1.4). */
export const pointerOffsetEnd = 0x4000;

/** Octets of an OPT record without options: root name, type, class, TTL, RDLENGTH. */
export const optOctets = 11;

export { maxLabelOctets, maxNameOctets };
