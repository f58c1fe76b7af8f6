import { SeamarkError } from '@seamark/common/errors';

/** Why a message cannot be read; also the value of the `cause` label of metrics. */
export const malformedCauses = [
  'too_short',
  'name_ends_early',
  'name_too_long',
  'label_type',
  'pointer_forward',
  'pointer_chain',
  'record_ends_early',
  'rdata_length',
  'rdata_content',
  'opt_owner',
  'opt_twice',
  'opt_options',
  'opt_section',
  'trailing_octets',
] as const;

/** One of {@link malformedCauses}. */
export type MalformedCause = (typeof malformedCauses)[number];

const sentences: Readonly<Record<MalformedCause, string>> = {
  too_short: 'it is shorter than the header or its first question',
  name_ends_early: 'a name runs past the end',
  name_too_long: 'a name is longer than 255 octets',
  label_type: 'a label has a reserved type, or a pointer stands where none may',
  pointer_forward: 'a compression pointer does not point backwards',
  pointer_chain: 'a name has more compression pointers than a name can have labels',
  record_ends_early: 'a question or record runs past the end',
  rdata_length: 'RDATA does not fill its length exactly',
  rdata_content: 'RDATA does not hold what its type says',
  opt_owner: 'the owner of OPT is not the root',
  opt_twice: 'there are two OPT records',
  opt_options: 'an EDNS option runs past the end of OPT',
  opt_section: 'OPT stands outside the additional section',
  trailing_octets: 'octets follow the last record',
};

/** The one error that decoding throws: SM_DNS_MALFORMED with the octet at which it was seen and a cause that is a metric label. */
export class MalformedDnsError extends SeamarkError {
  override readonly name: string = 'MalformedDnsError';
  /** Octets from the start of the message. */
  readonly offset: number;
  readonly malformation: MalformedCause;

  constructor(malformation: MalformedCause, offset: number) {
    super('SM_DNS_MALFORMED', `malformed DNS message at octet ${offset}: ${sentences[malformation]}`);
    this.offset = offset;
    this.malformation = malformation;
  }
}
