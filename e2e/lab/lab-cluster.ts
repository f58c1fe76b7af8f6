import type { TestCluster } from '../cluster/test-cluster.ts';
import { type Lab, openLab, startLab, type StartLabOptions } from './lab.ts';

/**
 * The cluster of a suite: the lab that SEAMARK_LAB names (it stays), or a new one that ends with this process.
 * With a named lab the options are not looked at: it is what it is.
 */
export function openLabCluster(options: StartLabOptions = {}): Promise<Lab & TestCluster> {
  const name = process.env['SEAMARK_LAB'];
  return name === undefined || name === '' ? startLab(options) : openLab(name);
}
