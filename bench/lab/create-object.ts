import type { ApiServer } from '@seamark/testkit';

/** Creates an object, or throws with what the API server says. */
export async function createObject(api: ApiServer, collection: string, body: unknown): Promise<void> {
  const answer = await api.request('POST', collection, body);
  if (answer.status !== 201) throw new Error(`POST ${collection}: ${answer.status} ${answer.text.slice(0, 400)}`);
}
