import { dnsNameToWire } from '@seamark/common/model';

import { recordFromText } from '../../../wire/presentation/index.ts';
import { ContentZones } from '../../../handlers/file/content-zones.ts';
import { createZoneContent } from '../../../handlers/file/zone-content.ts';
import type { RandomZone } from './random-zones.ts';

/** The zones as our server holds them. */
export function zonesOf(zones: readonly RandomZone[]): ContentZones {
  const held = new ContentZones(
    zones.map(({ name }) => `${name}.`),
    { hashSeed: 1 },
  );
  for (const { name, records } of zones) {
    const apex = dnsNameToWire(name);
    const content = createZoneContent(
      apex,
      records.map(({ owner, ttlSeconds, type, data }) => {
        const read = recordFromText(`${type} ${data}`, apex);
        if (!read.ok) throw new Error(`${type} ${data}: ${read.problem}`);
        return { owner: dnsNameToWire(owner), ttlSeconds, ...read.value };
      }),
    );
    if (!content.ok) throw new Error(`${name}: ${content.problem}`);
    held.replace(`${name}.`, content.value);
  }
  return held;
}
