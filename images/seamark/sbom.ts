import type { BundledPackage } from './bundle.ts';
import type { Architecture } from '../oci/manifest.ts';
import type { DebianPackage } from '../sources/debian-packages.ts';
import type { NodePackage } from '../sources/node-package.ts';

/** What the product image of one architecture is made of. */
export interface ImageParts {
  readonly version: string;
  readonly revision: string;
  readonly architecture: Architecture;
  readonly created: Date;
  readonly node: NodePackage;
  readonly debianSuite: string;
  readonly debian: readonly DebianPackage[];
  readonly npm: readonly BundledPackage[];
}

/** The bill of materials as SPDX 2.3 JSON. Same parts, same bytes. */
export function spdxDocument(parts: ImageParts): string {
  const root = entry('seamark', parts.version, `pkg:oci/seamark@${parts.version}?arch=${parts.architecture}`, 'Apache-2.0');
  const packages = [
    entry('node', parts.node.version, `pkg:generic/node@${parts.node.version}?arch=${parts.architecture}`, 'MIT', {
      downloadLocation: `https://registry.npmjs.org/${parts.node.name}/-/${parts.node.name}-${parts.node.version}.tgz`,
      checksums: [
        { algorithm: 'SHA512', checksumValue: Buffer.from(parts.node.integrity.replace('sha512-', ''), 'base64').toString('hex') },
      ],
    }),
    ...parts.debian.map(({ name, version, sha256 }) =>
      entry(
        name,
        version,
        `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${parts.architecture}&distro=${parts.debianSuite}`,
        'NOASSERTION',
        {
          checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
        },
      ),
    ),
    ...parts.npm.map(({ name, version, license }) => entry(name, version, `pkg:npm/${name.replace('@', '%40')}@${version}`, license)),
  ];
  const name = `seamark-${parts.version}-linux-${parts.architecture}`;
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://github.com/seamark-dns/seamark/spdx/${name}-${parts.revision}`,
    creationInfo: {
      created: parts.created.toISOString().replace('.000Z', 'Z'),
      creators: ['Organization: seamark-dns', 'Tool: seamark-images'],
    },
    packages: [root, ...packages],
    relationships: [
      { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: root.SPDXID },
      ...packages.map(({ SPDXID }) => ({ spdxElementId: root.SPDXID, relationshipType: 'CONTAINS', relatedSpdxElement: SPDXID })),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

interface PackageDetails {
  readonly downloadLocation?: string;
  readonly checksums?: readonly { readonly algorithm: string; readonly checksumValue: string }[];
}

function entry(name: string, version: string, purl: string, license: string, details: PackageDetails = {}) {
  return {
    // An identifier has letters, digits, dots and hyphens only.
    SPDXID: `SPDXRef-${`${name}-${version}`.replaceAll(/[^A-Za-z0-9.]+/g, '-').replace(/^-/, '')}`,
    name,
    versionInfo: version,
    downloadLocation: details.downloadLocation ?? 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: license,
    copyrightText: 'NOASSERTION',
    ...(details.checksums === undefined ? {} : { checksums: details.checksums }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}
