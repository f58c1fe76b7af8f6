import type { ApiServer } from '@seamark/testkit';
import { type Rendered, releaseNamespace } from './helm.ts';

/** A rule of a Role or ClusterRole. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

type Role = Rendered & { readonly rules: readonly Rule[] };
type Binding = Rendered & { readonly roleRef: { readonly name: string }; readonly subjects: readonly { readonly name: string }[] };

/** One verb on one resource that the chart grants to an account. */
export interface Grant {
  readonly resource: string;
  readonly verb: string;
}

/** The roles and bindings of a ServiceAccount among rendered objects. */
export class AccountRules {
  readonly roles: readonly Role[];
  readonly #bindings: readonly Binding[];

  constructor(objects: readonly Rendered[], account: string) {
    this.#bindings = objects.filter(
      (object): object is Binding =>
        object.kind.endsWith('RoleBinding') && (object as Binding).subjects.some((subject) => subject.name === account),
    );
    const names = new Set(this.#bindings.map((binding) => binding.roleRef.name));
    this.roles = objects.filter(
      (object): object is Role => (object.kind === 'Role' || object.kind === 'ClusterRole') && names.has(object.metadata.name),
    );
  }

  /** Every verb that is granted, one by one. */
  get grants(): readonly Grant[] {
    const grants = this.roles.flatMap(({ rules }) =>
      rules.flatMap(({ resources, verbs }) => resources.flatMap((resource) => verbs.map((verb) => ({ resource, verb })))),
    );
    return [...new Map(grants.map((grant) => [`${grant.verb} ${grant.resource}`, grant])).values()];
  }

  /** Puts the roles and bindings into the API server, without `denied`. */
  async apply(server: ApiServer, denied?: Grant): Promise<void> {
    const without = ({ resources, verbs, ...rest }: Rule): readonly Rule[] =>
      resources
        .map((resource) => ({
          ...rest,
          resources: [resource],
          verbs: verbs.filter((verb) => resource !== denied?.resource || verb !== denied.verb),
        }))
        .filter((rule) => rule.verbs.length > 0);
    for (const role of this.roles) await put(server, { ...role, rules: role.rules.flatMap(without) });
    for (const binding of this.#bindings) await put(server, binding);
  }
}

async function put(server: ApiServer, object: Rendered): Promise<void> {
  const plural = `${object.kind.toLowerCase()}s`;
  const scope = object.metadata.namespace === undefined ? '' : `/namespaces/${object.metadata.namespace}`;
  const path = `/apis/rbac.authorization.k8s.io/v1${scope}/${plural}/${object.metadata.name}?fieldManager=test&force=true`;
  const { status, text } = await server.request('PATCH', path, object, 'application/apply-patch+yaml');
  if (status >= 300) throw new Error(`${path}: ${text}`);
}

/** The user that a ServiceAccount of the release is to the API server. */
export function userOf(account: string): string {
  return `system:serviceaccount:${releaseNamespace}:${account}`;
}
