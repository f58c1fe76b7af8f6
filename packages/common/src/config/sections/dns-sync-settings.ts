import { z } from 'zod';
import { type CommandName, flagSchema, keyPrefixSchema, listOf, secondsSchema, setting, type SettingMeta } from '../setting.ts';

const commands: readonly CommandName[] = ['up', 'plan', 'dns-sync'];
/** ExternalDNS's own rule: every flag is also EXTERNAL_DNS_<FLAG>. */
const given = (flag: string, value?: string): SettingMeta => ({
  flag,
  env: [`EXTERNAL_DNS_${flag.toUpperCase().replaceAll('-', '_')}`],
  commands,
  ...(value === undefined ? {} : { value }),
});
const list = (allowed?: readonly [string, ...string[]]) =>
  listOf(allowed === undefined ? z.string() : z.enum(allowed, `allowed: ${allowed.join(', ')}`)).default([]);
const regex = z.string().refine((text) => {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}, 'allowed: a regular expression');

/** The sources that this version has. */
export const builtSources = ['service', 'ingress', 'crd'] as const;

/** Settings of dns-sync, under the names of ExternalDNS's flags. */
export const dnsSyncSettings = {
  sources: setting(
    listOf(z.enum(builtSources, `allowed in this version: ${builtSources.join(', ')}`)).default([...builtSources]),
    'Kinds of objects that give names: service, ingress, crd',
    given('source', 'NAME,…'),
  ),
  domainFilters: setting(
    list(),
    'Only names at or below these domains; a leading dot means below only',
    given('domain-filter', 'DOMAIN,…'),
  ),
  excludeDomains: setting(list(), 'Never names at or below these domains', given('exclude-domains', 'DOMAIN,…')),
  regexDomainFilter: setting(
    regex.optional(),
    'Only names that match; takes the place of domain-filter',
    given('regex-domain-filter', 'REGEX'),
  ),
  regexDomainExclusion: setting(regex.optional(), 'Never names that match', given('regex-domain-exclusion', 'REGEX')),
  policy: setting(
    z.enum(['sync', 'upsert-only', 'create-only'], 'allowed: sync, upsert-only, create-only').default('sync'),
    'What may be done with our records: sync also deletes, upsert-only never, create-only neither changes',
    given('policy', 'POLICY'),
  ),
  registry: setting(
    z.enum(['txt', 'noop'], 'allowed in this version: txt, noop').default('txt'),
    'How ownership is kept',
    given('registry', 'KIND'),
  ),
  txtOwnerId: setting(
    z.string().min(1, 'allowed: any text that is not empty').default('default'),
    'Owner written beside our records; one for each instance',
    given('txt-owner-id', 'ID'),
  ),
  txtPrefix: setting(z.string().default(''), 'Prefix of the names of owner records', given('txt-prefix', 'TEXT')),
  txtSuffix: setting(z.string().default(''), 'Suffix of the first label of owner records', given('txt-suffix', 'TEXT')),
  txtWildcardReplacement: setting(
    z.string().default(''),
    'What stands for * in the names of owner records',
    given('txt-wildcard-replacement', 'TEXT'),
  ),
  managedRecordTypes: setting(
    listOf(z.enum(['A', 'AAAA', 'CNAME', 'TXT', 'SRV', 'MX', 'PTR', 'NS'], 'allowed: A, AAAA, CNAME, TXT, SRV, MX, PTR, NS')).default([
      'A',
      'AAAA',
      'CNAME',
    ]),
    'Record types that are managed',
    given('managed-record-types', 'TYPE,…'),
  ),
  excludeRecordTypes: setting(list(), 'Record types that are left alone', given('exclude-record-types', 'TYPE,…')),
  namespaces: setting(list(), 'Only objects of these namespaces', given('namespace', 'NS,…')),
  annotationFilter: setting(
    z.string().default(''),
    'Only objects whose annotations match (label selector syntax)',
    given('annotation-filter', 'SELECTOR'),
  ),
  labelFilter: setting(
    z.string().default(''),
    'Only objects whose labels match (label selector syntax)',
    given('label-filter', 'SELECTOR'),
  ),
  ingressClasses: setting(list(), 'Only Ingresses of these classes', given('ingress-class', 'CLASS,…')),
  annotationPrefixes: setting(
    listOf(z.string().endsWith('/', 'allowed: a prefix that ends with /')).default([
      'external-dns.kubernetes.io/',
      'external-dns.alpha.kubernetes.io/',
    ]),
    'Annotation prefixes that are read; the first one wins',
    given('annotation-prefix', 'PREFIX,…'),
  ),
  ignoreHostnameAnnotation: setting(flagSchema.default(false), 'Do not read the hostname annotation', given('ignore-hostname-annotation')),
  ignoreIngressRulesSpec: setting(flagSchema.default(false), 'Do not read hosts of Ingress rules', given('ignore-ingress-rules-spec')),
  ignoreIngressTlsSpec: setting(flagSchema.default(false), 'Do not read hosts of Ingress tls', given('ignore-ingress-tls-spec')),
  publishInternalServices: setting(
    flagSchema.default(false),
    'Publish the clusterIP of ClusterIP Services that have a hostname',
    given('publish-internal-services'),
  ),
  minTtlSeconds: setting(
    secondsSchema(0, 2_147_483_647).default(0),
    'TTL of records that ask for none; 0 leaves it to the server',
    given('min-ttl', 'SECONDS'),
  ),
  prefix: setting(keyPrefixSchema.default('/skydns/'), 'Key prefix under which records are written', given('coredns-prefix', 'PREFIX')),
};
