/** One member of an etcd cluster, as the cluster itself lists it. */
export interface EtcdMember {
  /** Unsigned 64-bit integer as decimal text. */
  readonly id: string;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  readonly peerUrls: readonly string[];
  /** Empty until the member has started for the first time. */
  readonly clientUrls: readonly string[];
  /** It copies the log and does not vote yet. */
  readonly isLearner: boolean;
}

/** What a member says of itself. */
export interface EtcdMemberStatus {
  readonly memberId: string;
  readonly version: string;
  /** `0` when it knows no leader. */
  readonly leaderId: string;
  readonly isLearner: boolean;
}

/** A right of a role on every key below a prefix. */
export interface EtcdPermission {
  readonly access: 'read' | 'readwrite';
  readonly prefix: string;
}

/**
 * Administration of an etcd cluster: its members, users and roles. Requests throw SM_STORE_* as those of a store do. With
 * authentication on, all of it is for user root, by password or by a client certificate of that name.
 */
export interface EtcdAdmin {
  /** The members, by a read that needs a quorum, so that the list is not that of a member which was cut off. */
  listMembers(signal?: AbortSignal): Promise<readonly EtcdMember[]>;
  /** Adds a member that has yet to start. Throws SM_STORE_REJECTED while another member is not connected, or two would be learners. */
  addMember(peerUrls: readonly string[], isLearner: boolean): Promise<EtcdMember>;
  removeMember(id: string): Promise<void>;
  /** Gives a learner its vote. Throws SM_STORE_REJECTED while it has not caught up. */
  promoteMember(id: string): Promise<void>;
  /** Asks one endpoint about itself, without retry; undefined when it does not answer in time. */
  memberStatus(endpoint: string, timeoutMs: number): Promise<EtcdMemberStatus | undefined>;
  listUsers(): Promise<readonly string[]>;
  addUser(name: string, password: string): Promise<void>;
  changePassword(name: string, password: string): Promise<void>;
  rolesOfUser(name: string): Promise<readonly string[]>;
  grantRole(user: string, role: string): Promise<void>;
  listRoles(): Promise<readonly string[]>;
  addRole(name: string): Promise<void>;
  permissionsOfRole(role: string): Promise<readonly EtcdPermission[]>;
  grantPermission(role: string, permission: EtcdPermission): Promise<void>;
  revokePermission(role: string, permission: EtcdPermission): Promise<void>;
  /** Turns authentication on; doing so twice is no error. Needs user root with role root. */
  enableAuthentication(): Promise<void>;
  close(): void;
}
