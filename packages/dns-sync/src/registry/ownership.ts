import { type Endpoint, type ParseResult, type RecordType, parsed, unparsable } from '@seamark/common/model';
import { SeamarkError, messageOf } from '@seamark/common/errors';
import { type OwnershipNames, createOwnershipNames } from './ownership-name.ts';
import { formatOwnershipText } from './ownership-text.ts';

/** The TXT record that says whose another record is. */
export interface OwnershipRecord {
  readonly name: string;
  readonly text: string;
}

/** How records are marked as ours. `none`: not at all, so every record in the filter counts as ours (registry noop). */
export type Ownership =
  | { readonly kind: 'none'; readonly ownerId: '' }
  | {
      readonly kind: 'txt';
      readonly ownerId: string;
      readonly names: OwnershipNames;
      /** The ownership record to keep beside a record, with the owner set to ours. Fails when its name or text cannot exist. */
      recordOf(endpoint: Pick<Endpoint, 'dnsName' | 'recordType' | 'labels'>): ParseResult<OwnershipRecord>;
    };

/** No ownership. With policy sync, every record in the domain filter that no source asks for is deleted. */
export const noOwnership: Ownership = { kind: 'none', ownerId: '' };

/** Options of {@link createTxtOwnership}, as ExternalDNS's flags of the same names. */
export interface TxtOwnershipOptions {
  /** Must not be empty, nor contain a comma or quotation mark. */
  readonly ownerId: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly wildcardReplacement?: string;
}

/** Ownership in TXT records, in the layout of ExternalDNS's txt registry. Throws SM_CONFIG_INVALID. */
export function createTxtOwnership(options: TxtOwnershipOptions): Ownership {
  if (options.ownerId === '' || /[,"]/.test(options.ownerId)) {
    throw new SeamarkError('SM_CONFIG_INVALID', `txt-owner-id "${options.ownerId}" must be a text without commas and quotation marks`);
  }
  const names = createOwnershipNames({
    prefix: options.prefix ?? '',
    suffix: options.suffix ?? '',
    wildcardReplacement: options.wildcardReplacement ?? '',
  });
  return {
    kind: 'txt',
    ownerId: options.ownerId,
    names,
    recordOf(endpoint) {
      const name = names.ownershipNameOf(endpoint.dnsName, endpoint.recordType);
      if (!name.ok) return name;
      try {
        return parsed({ name: name.value, text: formatOwnershipText({ ...endpoint.labels, owner: options.ownerId }) });
      } catch (error) {
        return unparsable(messageOf(error));
      }
    },
  };
}

/** The record types that an ownership name can speak of. */
export const ownableTypes: readonly RecordType[] = ['A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX', 'PTR', 'NS', 'NAPTR', 'DNAME'];
