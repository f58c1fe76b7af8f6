import type { DnsRequest, RequestEdns } from '../../chain/request.ts';
import type { DnsResponse } from '../../chain/response.ts';
import type { EdnsOption } from '../../wire/message.ts';
import type { RewriteRule } from './rewrite-rule.ts';

/** What is done to an EDNS option of the question: `append` only adds, `replace` only changes, `set` does either, `unset` takes it out. */
export const ednsActions = ['set', 'replace', 'append', 'unset'] as const;

/** One of {@link ednsActions}. */
export type EdnsAction = (typeof ednsActions)[number];

/** A rule about one EDNS option. */
export interface EdnsRuleOptions {
  readonly goesOn: boolean;
  readonly action: EdnsAction;
  readonly code: number;
  /** Content of the option for a question; `undefined` when there is none. */
  readonly data: (request: DnsRequest) => Uint8Array | undefined;
  /** The client sees of the option in the answer only what it sent itself. */
  readonly revert: boolean;
}

/** What a question without OPT gets when a rule adds an option: what our own server can take, nothing else. */
const addedEdns: RequestEdns = { udpPayloadSize: 1232, version: 0, dnssecOk: false, options: [] };

/** `rewrite edns0`. */
export function ednsRule({ goesOn, action, code, data, revert }: EdnsRuleOptions): RewriteRule {
  return {
    goesOn,
    apply(request) {
      const options = request.edns?.options ?? [];
      const sent = options.find((option) => option.code === code);
      if (action === 'unset' ? sent === undefined : action === (sent === undefined ? 'replace' : 'append')) return undefined;
      const content = action === 'unset' ? undefined : data(request);
      if (content === undefined && action !== 'unset') return undefined;
      const others = options.filter((option) => option.code !== code);
      const changed: RequestEdns = {
        ...(request.edns ?? addedEdns),
        options: content === undefined ? others : [...others, { code, data: content }],
      };
      const back = (response: DnsResponse): DnsResponse => withOption(response, code, sent);
      return { request: { ...request, edns: changed }, ...(revert ? { answer: back } : {}) };
    },
  };
}

function withOption(response: DnsResponse, code: number, sent: EdnsOption | undefined): DnsResponse {
  const options = response.ednsOptions ?? [];
  if (!options.some((option) => option.code === code)) return response;
  const others = options.filter((option) => option.code !== code);
  return { ...response, ednsOptions: sent === undefined ? others : [...others, sent] };
}
